"""Large constants of functions that move: in their bodies among Relay functions, parameters in what is written."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import migrate
import relax_core.ir.expr as relax
from migrate import mixed
from migrate.cli.main import main
from migrate.mixed.constants import inlined, lifted
from relax_core.well_formed import check
from relay_compat.ir.expr import Constant
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order

TEXT = """#[version = "0.0.5"]
def @main(%x: Tensor[(100), float32], %n: int32) -> Tensor[(100), float32] {
  let %f = @shift;
  let %g = fn (%y: Tensor[(100), float32]) -> Tensor[(100), float32] { multiply(%y, 5f) };
  @twice(%f, @twice(%g, @down(%x, %n)))
}
def @shift(%x: Tensor[(100), float32]) -> Tensor[(100), float32] { add(%x, 3f) }
def @twice(%f: fn (Tensor[(100), float32]) -> Tensor[(100), float32], %x: Tensor[(100), float32])
    -> Tensor[(100), float32] {
  %f(%f(%x))
}
def @down(%x: Tensor[(100), float32], %n: int32) -> Tensor[(100), float32] {
  if (equal(%n, 0)) { %x } else { @up(@shift(%x), subtract(%n, 1)) }
}
def @up(%x: Tensor[(100), float32], %n: int32) -> Tensor[(100), float32] { @down(maximum(%x, 7f), %n) }
"""
ARGS = [np.linspace(-1, 1, 100).astype("float32"), np.int32(3)]


class _Large(Rewriter):
    """Large constants in the place of the numbers 3, 5 and 7."""

    def leave(self, old, new):
        del old
        if isinstance(new, Constant) and new.data.dtype == "float32" and float(new.data) in (3, 5, 7):
            return Constant(np.linspace(0, float(new.data), 100).astype("float32"))
        return new


@pytest.fixture(scope="module")
def module() -> IRModule:
    found = migrate.load(TEXT)
    result = found.copy()
    for var, function in found.functions.items():
        result[var] = _Large().rewrite(function)
    return infer_types(result)


def test_every_state_is_right(module):
    for order in ("callees", "callers", ["twice", "down", "main", "shift", "up"]):
        journey = mixed.walk(mixed.begin(module), inputs=ARGS, order=order)
        assert journey, [(move.function, move.reason) for move in journey.moves]
        assert mixed.check(journey.state) == []


def test_what_is_written_has_them_as_parameters(module):
    state = mixed.walk(mixed.begin(module), inputs=ARGS).state
    result = lifted(state.relax)
    assert check(result) == []
    assert len(result.params) == 3
    assert not any(array.size > 64 for array in _inline(result))
    (want,) = migrate.run(module, ARGS)
    assert np.array_equal(migrate.run(result, ARGS)[0], want)
    assert lifted(result) is result
    back = inlined(result, {name: len(state.signature(name).arg_types) for name in state.names})
    assert check(back) == []
    assert np.array_equal(migrate.run(back, ARGS)[0], want)


def _inline(module: IRModule) -> list[np.ndarray]:
    nodes = post_order(list(module.functions.values()), Node.iter_children)
    return [node.data for node in nodes if isinstance(node, relax.Constant)]


def test_functions_of_a_conversion_are_adopted_one_by_one(module):
    journey = mixed.walk(mixed.begin(module), migrate.convert(module).module, ARGS)
    assert journey, [(move.function, move.reason) for move in journey.moves]
    assert {var.name for var in journey.state.relax} >= set(journey.state.names.values())


def test_a_written_script_walks_again(module, tmp_path):
    model, output = tmp_path / "m.relay", tmp_path / "out" / "m.py"
    output.parent.mkdir()
    model.write_text(print_module(module, lossless=True))
    first = CliRunner().invoke(main, ["step", str(model), "-o", str(output)], catch_exceptions=False)
    assert first.exit_code == 0, first.output
    assert output.with_suffix(".params.npz").exists()
    again = CliRunner().invoke(main, ["step", str(model), str(output), "--json"], catch_exceptions=False)
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["moved"] == 5
