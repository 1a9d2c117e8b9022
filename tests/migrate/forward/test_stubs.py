"""A call that cannot be said: the rest converts, and its stub fails by name when it runs, and only then."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.report.model import Outcome
from relax_core.text.printer import print_module
from relax_core.text.release import header
from relay_compat.json.writer import save_json
from tensor_core.diagnostics import DiagnosticError

V = "Tensor[(3), float32]"
X = np.array([1, -2, 3], "float32")
DEEP = 300


def text(op: str, type_: str = V) -> str:
    """Hundreds of calls, one of them of an operator that nobody knows, in a branch."""
    chain = "".join(f"  %{n} = nn.relu(%{n - 1 if n else 'x'});\n" for n in range(DEEP))
    branch = f"if (%c) {{ {op} /* ty={type_} */ }} else {{ {'%x' if type_ == V else '(%x, %x)'} }}"
    body = f"{chain}  %{DEEP} = {branch};\n  (%{DEEP}, %{DEEP - 1})\n"
    return f'#[version = "0.0.5"]\ndef @main(%x: {V}, %c: bool) {{\n{body}}}\n'


@pytest.mark.parametrize("target", ["0.19", "0.27", "portable"])
@pytest.mark.parametrize("executor", ["backend", "interpreter"])
def test_everything_around_it_runs_and_it_says_what_to_do(target: str, executor):
    module = migrate.load(text(f"acme.probe(%{DEEP - 1}, %x)"))
    result = migrate.convert(module, target=target)
    assert result.report.counts[Outcome.DIRECT] == DEEP
    assert result.report.counts[Outcome.OPAQUE] == 1
    script = migrate.load(result.script())
    assert header(target) + print_module(script, target) == result.script()
    for given in (result.module, script):
        got = migrate.run(given, {"x": X, "c": np.array(False)}, executor=executor)
        np.testing.assert_array_equal(got[1], np.maximum(X, 0))
        with pytest.raises(DiagnosticError, match=r"R2R0602.*acme\.probe was not converted.*unsupported_acme_probe"):
            migrate.run(given, {"x": X, "c": np.array(True)}, executor=executor)


def test_a_refusal_has_a_span_and_exit_code_1(tmp_path: Path):
    model, output = tmp_path / "m.relay", tmp_path / "m.py"
    model.write_text(text("acme.probe(%x)"))
    told = CliRunner().invoke(main, ["convert", str(model), "-o", str(output), "--json"])
    document = json.loads(told.stdout)
    assert told.exit_code == document["exit_code"] == 1
    (refusal,) = document["diagnostics"]
    assert (refusal["code"], refusal["span"]["line"]) == ("R2R0402", DEEP + 3)
    assert "unsupported_acme_probe" in refusal["hint"]
    assert CliRunner().invoke(main, ["check", str(output)]).exit_code == 0


def test_tuples_in_and_out():
    result = migrate.convert(migrate.load(text("acme.split((%x, (%x, %x)))", f"({V}, {V})")))
    script = result.script()
    assert 'T.func_attr({"relay.attrs": "", "relay.op": "acme.split"})' in script
    assert "(x, x, x)" in script
    with pytest.raises(DiagnosticError, match=r"acme\.split"):
        migrate.run(migrate.load(script), [X, np.array(True)])


def test_its_attributes_are_kept():
    result = migrate.convert(migrate.load(text("acme.probe(%x, rounds=2, sharpness=0.5f)")))
    assert '"relay.attrs": "rounds=2, sharpness=0.5"' in result.script()


def test_an_unknown_operator_in_json_is_named_by_its_recorded_type():
    module = migrate.load(save_json(migrate.load(text("acme.probe(%x)"))))
    assert migrate.convert(module).report.counts[Outcome.OPAQUE] == 1
