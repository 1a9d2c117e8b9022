"""The files of a witness show the failure by themselves."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from click.testing import CliRunner
from planted_faults import FAULTS, program
from reduced_subjects import MENDED

from migrate.cli.main import main
from migrate.forward.convert import convert
from migrate.params.npz import write_npz
from migrate.values import Value
from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.programs import drawn
from migrate.verify.campaign.subjects import subject
from migrate.verify.generate import Program
from migrate.verify.properties import Check, Property
from migrate.verify.reduce import reduce
from migrate.verify.reduce.arrays import fingerprint
from migrate.verify.reduce.failure import same_failure
from migrate.verify.reduce.given import read_given
from migrate.verify.verdict import Outcome
from migrate.verify.witnesses import Case, replay, witness_files
from migrate.verify.witnesses.literals import Literals
from relay_compat.text.printer import print_module
from tensor_core.data_values import DataValue, RefValue
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

ROOT = Path(__file__).resolve().parents[3]
NAMES = {
    "SWAPPED": "operands swapped",
    "ARMS": "arms reversed",
    "PADDING": "padding lost",
    "ZEROS": "zeros positive",
}


def _written(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_witness.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_witness_fails_while_the_fault_is_there_and_passes_afterwards(tmp_path: Path) -> None:
    called = "reduced_subjects:ARMS"
    found = reduce(FAULTS["arms reversed"]().program, subject(called))
    _written(tmp_path, witness_files(Case(found.program, subject(called), found.check, called, "a test")))
    assert [path.name for path in tmp_path.iterdir()] == ["test_witness.py"]
    failed = _pytest(tmp_path)
    assert failed.returncode == 1, failed.stdout
    assert found.check.reason in failed.stdout
    mended = _pytest(tmp_path, **{MENDED: "1"})
    assert mended.returncode == 0, mended.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_text_and_the_literals_fail_in_the_same_way(name: str, tmp_path: Path) -> None:
    called = f"reduced_subjects:{name}"
    found = reduce(FAULTS[NAMES[name]]().program, subject(called))
    files = witness_files(Case(found.program, subject(called), found.check, called))
    _written(tmp_path, files)
    space = runpy.run_path(str(tmp_path / "test_witness.py"))
    check = replay(space["MODULE"], space["INPUTS"], called)
    assert same_failure(check, found.check)
    assert space["KEY"] == check.key


def test_large_arrays_and_modules_lie_beside(tmp_path: Path) -> None:
    given = FAULTS["padding lost"]().program
    called = "reduced_subjects:PADDING"
    check = subject(called).check(given)
    files = witness_files(Case(given, subject(called), check, called))
    assert set(files) == {"test_witness.py", "witness.npz"}
    _written(tmp_path, files)
    space = runpy.run_path(str(tmp_path / "test_witness.py"))
    assert fingerprint(space["INPUTS"]) == fingerprint(given.args)
    lines = "".join(f"let %v{n + 1} = exp(%v{n});\n" for n in range(400))
    long = program(f"def @main(%v0: float32) {{\n{lines}%v400\n}}\n", np.float32(-1))
    always = Property("always", lambda _: Check(Outcome.DIFFERENT, "it is", "always"))
    assert set(witness_files(Case(long, always, Check(Outcome.DIFFERENT, "it is", "always"), "always"))) == {
        "test_witness.py",
        "witness.relay",
    }


@pytest.mark.parametrize(
    "value",
    [
        np.array([np.nan, np.inf, -np.inf, -0.0, 0.1], "float32"),
        np.array([0x7FC12345, 0xFFC00000], "uint32").view("float32"),
        np.array([1.5, -0.0, np.nan], ml_dtypes.bfloat16),
        np.array([-8, 7], ml_dtypes.int4),
        np.array(5, "int64"),
        np.zeros((0, 3), "float16"),
        np.array([True, False]),
        (np.array([1], "uint8"), (), (np.array(2.5),)),
        DataValue("Cons", (np.array(1, "int32"), DataValue("Nil", ()))),
        RefValue((np.array([1.0]),)),
        np.arange(100, dtype="float64"),
    ],
    ids=[
        "floats",
        "payloads of NaN",
        "bfloat16",
        "int4",
        "scalar",
        "no elements",
        "bools",
        "tuples",
        "data",
        "reference",
        "many",
    ],
)
def test_values_come_back_to_the_bit(value: Value, tmp_path: Path) -> None:
    literals = Literals(64)
    text = literals.value(value)
    head = "from numpy import inf, nan\nfrom migrate.verify.witnesses.replay import DataValue, RefValue, array, raw\n"
    (tmp_path / "value.py").write_text(f"{head}VALUE = {text}\n")
    back = runpy.run_path(str(tmp_path / "value.py"), {"LARGE": literals.arrays})["VALUE"]
    assert fingerprint([back]) == fingerprint([value])


def test_what_is_no_data_has_no_literal() -> None:
    with pytest.raises(TypeError, match="no data"):
        Literals(4).value(lambda: None)


def test_a_failure_that_the_text_does_not_have_is_refused() -> None:
    given = program("def @main(%x: float32) { exp(%x) }\n", np.float32(1))

    def this_one(other: Program) -> Check:
        return Check(Outcome.DIFFERENT, "this", "this") if other is given else Check(Outcome.EXACT)

    with pytest.raises(DiagnosticError, match="does not find on its text"):
        witness_files(Case(given, Property("this", this_one), this_one(given), "this"))


# ------------------------------------------------------------ the command


def _model(folder: Path, given: Program) -> Path:
    path = folder / "model.relay"
    path.write_text(print_module(given.module, lossless=True))
    names = [param.name for param in given.module["main"].params]
    with (folder / "inputs.npz").open("wb") as stream:
        write_npz(dict(zip(names, given.args, strict=True)), stream)
    return path


def test_reduce_writes_a_witness(tmp_path: Path) -> None:
    model = _model(tmp_path, FAULTS["operands swapped"]().program)
    command = ["reduce", str(model), "--inputs", str(tmp_path / "inputs.npz")]
    command += ["--property", "reduced_subjects:SWAPPED", "-o", str(tmp_path / "out")]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 1, shown.output
    assert "92 nodes became 1 in" in shown.output
    with pytest.raises(AssertionError, match="output 0: expected"):
        runpy.run_path(str(tmp_path / "out" / "test_witness.py"))["test_witness"]()
    document = json.loads(CliRunner().invoke(main, [*command, "--json"]).output)
    assert (document["nodes"], document["complete"]) == (1, True)
    assert document["key"] == "operands swapped, interpreter: different"
    assert document["files"] == [str(tmp_path / "out" / "test_witness.py")]


def test_what_holds_is_said_to(tmp_path: Path) -> None:
    model = _model(tmp_path, program("def @main(%x: float32) { exp(%x) }\n", np.float32(1)))
    shown = CliRunner().invoke(main, ["reduce", str(model)])
    assert (shown.exit_code, shown.output) == (0, "verify: holds, there is nothing to reduce\n")


def test_the_folder_of_a_finding_is_taken(tmp_path: Path) -> None:
    given = FAULTS["operands swapped"]().program
    (tmp_path / "program.relay").write_text(print_module(given.module, lossless=True))
    np.savez(tmp_path / "inputs.npz", arg0=given.args[0], arg1=given.args[1])
    (tmp_path / "finding.json").write_text(json.dumps({"subject": "reduced_subjects:SWAPPED", "source": "0:7"}))
    shown = CliRunner().invoke(main, ["reduce", str(tmp_path), "--json"])
    assert json.loads(shown.output)["nodes"] == 1
    (tmp_path / "finding.json").write_text("{}")
    assert CliRunner().invoke(main, ["reduce", str(tmp_path)]).exit_code == 2


def test_arguments_that_the_finding_does_not_hold_are_drawn_again(tmp_path: Path) -> None:
    plan = Plan(("verify",))
    number, given = next((n, drawn(plan, n)) for n in range(50) if drawn(plan, n).args)
    (tmp_path / "program.relay").write_text(print_module(given.module, lossless=True))
    with (tmp_path / "inputs.npz").open("wb") as stream:
        write_npz({}, stream)
    facts = {"subject": "verify", "source": plan.source(number), "number": number, "plan": plan.to_json()}
    (tmp_path / "finding.json").write_text(json.dumps(facts))
    assert fingerprint(read_given(tmp_path).program.args) == fingerprint(given.args)
    (tmp_path / "finding.json").write_text(json.dumps({**facts, "number": number + 1}))
    with pytest.raises(DiagnosticError, match="another program"):
        read_given(tmp_path)


# ------------------------------------------------------------ verify --witness


WRONG = """
@R.function
def main(x: R.Tensor((2,), "float32"), y: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
    a: R.Tensor((2,), "float32") = R.subtract(y, x)
    return a
"""


def test_verify_writes_two_modules_that_differ(tmp_path: Path) -> None:
    vector = "Tensor[(2), float32]"
    text = f"def @main(%x: {vector}, %y: {vector}) {{ subtract(%x, %y) }}\n"
    model = _model(tmp_path, program(text, *[np.zeros(2, "float32")] * 2))
    script = tmp_path / "model.py"
    script.write_text(f"from tvm.script import relax as R\n{WRONG}")
    command = ["verify", str(model), str(script), "--witness", str(tmp_path / "out")]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 1, shown.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"test_witness.py", "witness.relay", "witness.relax"}
    with pytest.raises(AssertionError, match="first wrong op: subtract"):
        runpy.run_path(str(tmp_path / "out" / "test_witness.py"))["test_witness"]()
    (tmp_path / "out" / "witness.relax").write_text(script.read_text().replace("(y, x)", "(x, y)"))
    runpy.run_path(str(tmp_path / "out" / "test_witness.py"))["test_witness"]()


def test_verify_reduces_a_wrong_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """def @main(%x: Tensor[(4, 3), float32], %y: Tensor[(4, 3), float32]) {
  let %a = subtract(exp(%x), tanh(%y));
  (add(%a, %x), multiply(%a, %a))
}
"""
    model = _model(tmp_path, program(text, *[np.zeros((4, 3), "float32")] * 2))

    def wrong(module: IRModule, _entry: str) -> IRModule:
        return convert(FAULTS["operands swapped"]().transform(module)).module

    monkeypatch.setattr(sys.modules["migrate.verify.check"], "_converted", wrong)
    command = ["verify", str(model), "--witness", str(tmp_path / "out")]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 1, shown.output
    witness = runpy.run_path(str(tmp_path / "out" / "test_witness.py"))
    assert witness["KEY"] == "verify: different, subtract"
    assert witness["MODULE"].count("subtract(") == 1
    assert "tanh" not in witness["MODULE"]
    with pytest.raises(AssertionError, match="first wrong op"):
        witness["test_witness"]()
    monkeypatch.undo()
    witness["test_witness"]()


def test_verify_of_what_is_right_writes_nothing(tmp_path: Path) -> None:
    model = _model(tmp_path, program("def @main(%x: float32) { exp(%x) }\n", np.float32(1)))
    shown = CliRunner().invoke(main, ["verify", str(model), "--witness", str(tmp_path / "out"), "--json"])
    assert (shown.exit_code, json.loads(shown.output)["files"]) == (0, [])
    assert not (tmp_path / "out").exists()
