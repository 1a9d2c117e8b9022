"""The report of a conversion: each function's fate, what a strict conversion does not put up with, totals."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import migrate
import relay_compat.ir.expr as relay
from migrate.cli.main import main
from migrate.report.model import Assumption, Conversion, Fate, Outcome, Report
from tensor_core.module import GlobalVar, IRModule
from tensor_core.types import TensorType

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(3), float32]"


def told(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture
def refusing(tmp_path: Path) -> Path:
    path = tmp_path / "m.relay"
    path.write_text(HEADER + f"def @id[A](%x: A) -> A {{ %x }}\ndef @main(%x: {V}) {{ acme.probe(%x) /* ty={V} */ }}\n")
    return path


def test_every_function_has_an_outcome():
    text = "def @never[A](%x: A) -> A { %x }\n"
    text += f"def @f(%x: {V}) -> {V} {{ nn.relu(%x) }}\ndef @main(%x: {V}) {{ @f(%x) }}\n"
    report = migrate.convert(migrate.load(HEADER + text)).report
    fates = {item.function: item.fate for item in report.functions}
    assert fates == {"never": Fate.UNUSED, "f": Fate.CONVERTED, "main": Fate.CONVERTED}
    rows = {row["function"]: row for row in report.to_json()["functions"]}
    assert rows["f"]["counts"]["1:1"] == 1
    assert rows["main"]["counts"]["1:1"] == 0
    assert report.complete


def test_a_refusal_exits_1_and_says_why(refusing: Path):
    result = told("convert", refusing, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == document["exit_code"] == 1
    assert not document["complete"]
    assert document["counts"]["opaque"] == 1
    assert [row["outcome"] for row in document["functions"]] == ["unused", "converted"]
    assert "@id is left out" in told("convert", refusing).stderr


def test_strict_names_each_compromise(tmp_path: Path):
    model = tmp_path / "m.relay"
    kinds = "%x: Tensor[(1, 3, 2, 2), float32], %k: Tensor[(3, 1, 1), float32]"
    model.write_text(HEADER + f"def @main({kinds}) {{ image.dilation2d(%x, %k) }}\n")
    loose = told("convert", model)
    strict = told("convert", model, "--strict")
    (through,) = json.loads(told("convert", model, "--json").stdout)["compromises"]
    assert "image.dilation2d" in through
    assert "call_tir" in through
    assert (loose.exit_code, strict.exit_code) == (0, 1)
    assert f"strict: {through}" in strict.stderr


def test_assumptions_and_losses_are_compromises():
    report = Report("0.27")
    report.conversions.append(Conversion("main", "qnn.add", Outcome.EXPANDED, ("relax.add",), lossy="rounds twice"))
    report.assumptions.append(Assumption("main", "%x.shape[0] == 4", "--dim x.0=4", "match_cast"))
    assert report.compromises == ["assumes %x.shape[0] == 4", "qnn.add (1 call) is not the same: rounds twice"]
    assert report.complete
    assert report.to_json()["assumptions"][0]["guard"] == "match_cast"


def test_lifted_constants_of_two_functions_have_names_of_their_own():
    arrays = {name: np.full(99, value, "float32") for name, value in (("f", 1.0), ("g", 2.0))}
    functions = {}
    for name, array in arrays.items():
        x, y = (relay.Var(hint, TensorType((99,), "float32")) for hint in ("x", "const_1"))
        fields = (relay.Call(relay.op("add"), (x, relay.Constant(array))), y)
        functions[GlobalVar(name)] = relay.Function((x, y), relay.Tuple(fields))
    result = migrate.convert(IRModule(functions))
    assert set(result.report.lifted) == {"const_0", "const_2"}
    zeros = np.zeros(99, "float32")
    for name, array in arrays.items():
        np.testing.assert_array_equal(migrate.run(result.module, {"x": zeros, "const_1": zeros}, name)[0], array)
