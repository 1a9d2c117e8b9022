"""What a vendor sees of operators in a package of its own: tests/migrate/test_vendor_ops.py runs this, it installed."""

import json

import numpy as np
import pytest
from acme_kernels.cards import Blend, blend
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.report.model import Outcome as Fate
from migrate.verify.verdict import Outcome
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.structural.equal import structural_equal
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.global_functions import register_func, remove_global_func

MODEL = """#[version = "0.0.5"]
def @main(%x: Tensor[(2, 3), float32], %y: Tensor[(2, 3), float32]) {
  %0 = nn.relu(%x);
  %1 = (%y, %x);
  %2 = acme.blend(%0, %1, sharpness=0.5f, rounds=2);
  add(%2, %y)
}
"""
X = np.array([[1, -2, 3], [0.5, 0, -1]], "float32")
Y = np.array([[4, 2, -3], [0.25, 1, 1]], "float32")
WANTED = blend(Blend(0.5, 2), np.maximum(X, 0), (Y, X)) + Y


def test_it_is_read_typed_and_printed():
    module = infer_types(migrate.load(MODEL))
    assert "acme.blend(%0, %1, sharpness=0.5f, rounds=2) /* ty=Tensor[(2, 3), float32]" in print_module(module)
    assert structural_equal(infer_types(migrate.load(print_module(module))), module)
    assert structural_equal(load_json(save_json(module)), module)


@pytest.mark.parametrize("executor", ["interpreter", "backend"])
def test_it_runs(executor):
    np.testing.assert_allclose(migrate.run(migrate.load(MODEL), [X, Y], executor=executor)[0], WANTED, rtol=1e-6)


@pytest.mark.parametrize("target", ["0.19", "0.27"])
def test_it_becomes_a_call_of_the_runtime(target):
    module = migrate.load(MODEL)
    result = migrate.convert(module, target=target)
    assert result.report.complete
    (found,) = [item for item in result.report.conversions if item.op == "acme.blend"]
    assert found.outcome is Fate.LIBRARY
    assert 'R.call_dps_packed("acme.runtime.blend", (' in result.script()
    script = migrate.load(result.script())
    for executor in ("interpreter", "backend"):
        np.testing.assert_allclose(migrate.run(script, [X, Y], executor=executor)[0], WANTED, rtol=1e-6)
    verdict = migrate.verify(module, script, prove=False)
    assert verdict.outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND), verdict.reason


@pytest.mark.parametrize("factor", [1, 2])
def test_a_registered_function_is_what_runs(factor):
    def ours(first, y, x, sharpness, rounds, out):
        out.copyfrom(factor * blend(Blend(sharpness, rounds), first.numpy(), (y.numpy(), x.numpy())))

    module = migrate.load(MODEL)
    converted = migrate.convert(module).module
    register_func("acme.runtime.blend", ours)
    try:
        verdict = migrate.verify(module, converted, prove=False)
    finally:
        remove_global_func("acme.runtime.blend")
    # A function that computes something else is found out.
    assert (verdict.outcome is Outcome.DIFFERENT) is (factor == 2), verdict.reason


def test_wrong_calls_are_refused_by_the_cards_own_words():
    with pytest.raises(DiagnosticError, match="rounds must be at least 1"):
        infer_types(migrate.load(MODEL.replace("rounds=2", "rounds=0")))


def test_an_operator_without_a_meaning_is_kept_and_named():
    text = MODEL.replace("acme.blend(%0, %1, sharpness=0.5f, rounds=2)", "acme.probe(%0)")
    result = migrate.convert(migrate.load(text))
    assert not result.report.complete
    assert {item.op: item.outcome for item in result.report.conversions}["acme.probe"] is Fate.REFUSED
    with pytest.raises(DiagnosticError, match=r"acme\.probe"):
        migrate.run(migrate.load(text), [X, Y])


def test_the_command_knows_it():
    told = CliRunner().invoke(main, ["ops", "acme.blend", "--json"])
    assert told.exit_code == 0
    assert json.loads(told.output)["says"] == {"0.27": "library", "0.19": "library"}
