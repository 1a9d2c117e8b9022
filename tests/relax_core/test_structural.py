"""Structural equality: renamings are equal, every real difference is found."""

import numpy as np
import pytest
from relax_build import call, relax, tensor, variable

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Function, GlobalVar, IRModule, Tuple, Var
from relax_core.ir.types import TensorType
from relax_core.normalize import normalize
from relax_core.structural import assert_structural_equal, first_difference, structural_equal
from tensor_core.loops.builder import LoopBuilder
from tensor_core.prim import Var as SymbolicVar
from tensor_core.types import TensorType as PlainTensor

n, m = SymbolicVar("n"), SymbolicVar("m")


def _program(
    name="x", hint="", value=1.0, axis=0, dim="n", rows=lambda n: n, twice=False, factor=2.0, pure=True, dtype="float32"
):
    n = SymbolicVar(dim)
    loops = LoopBuilder()
    size = SymbolicVar(dim + "0")
    a = loops.input(name, PlainTensor((size, 4), dtype))
    kernel = loops.finish("k", [loops.compute((size, 4), lambda i, j: a[i, j] * factor, name=name)])
    bb = BlockBuilder()
    x = variable(name, n, 4, dtype=dtype)
    with bb.function("main", [x], pure=pure):
        with bb.dataflow():
            y = bb.emit(relax("add", x, Constant(np.asarray(value, dtype))), hint)
            z = bb.emit(call("concatenate", Tuple((y, y if twice else x)), axis=axis))
            w = bb.emit_output(bb.call_tir(kernel, [y], TensorType((n, 4), dtype)))
        bb.match_cast(z, TensorType((rows(n * 2 if axis == 0 else n), 4 if axis == 0 else 8), dtype))
        bb.emit_func_output(w)
    return bb.finalize()


def test_names_spans_and_origins_do_not_count():
    assert structural_equal(_program(), _program(name="data", hint="conv", dim="batch"))


@pytest.mark.parametrize(
    "change",
    [
        {"value": 2.0}, {"axis": 1}, {"twice": True}, {"factor": 3.0}, {"pure": False}, {"dtype": "float16"},
    ],
)  # fmt: skip
def test_differences_are_found(change):
    assert not structural_equal(_program(), _program(**change))


def test_symbolic_dimensions_are_compared_as_written_after_renaming():
    def module(shape):
        n, m = SymbolicVar("n"), SymbolicVar("m")
        x, y = variable("x", n), variable("y", m)
        return normalize(IRModule({GlobalVar("main"): Function((x, y), call("reshape", y, shape=shape(n, m)))}))

    assert structural_equal(module(lambda n, _: (n * 2 + 1,)), module(lambda n, _: (n * 2 + 1,)))
    assert not structural_equal(module(lambda n, _: (n * 2 + 1,)), module(lambda n, _: (1 + n * 2,)))
    assert not structural_equal(module(lambda n, _: (n,)), module(lambda _, m: (m,)))


def test_the_first_difference_is_named():
    x, y = variable("x", n, 2), variable("x", n, 3)
    assert first_difference(Function((x,), x), Function((x,), x)) is None
    assert first_difference(Function((x,), x), Function((y,), y)) == ".params[0].ty.shape.values[1]"
    left, right = (normalize(IRModule({GlobalVar("main"): Function((x,), relax(op, x))})) for op in ("exp", "sqrt"))
    place = '.functions["main"].body.blocks[0].bindings[0].value.op'
    assert first_difference(left, right) == place
    with pytest.raises(ValueError, match=r"caused by lhs at <root>\.functions"):
        assert_structural_equal(left, right)
    assert structural_equal([n, n + 1], (n, n + 1))
    assert not structural_equal([n], [m])
    assert structural_equal([n], [m], map_free_vars=True)


def test_two_variables_are_not_one():
    n, m = SymbolicVar("n"), SymbolicVar("m")
    x = variable("x", n, m)
    y = variable("y", n, n)
    assert not structural_equal(Function((x,), x, tensor(n, m)), Function((y,), y, tensor(n, n)))
    assert not structural_equal(Function((y,), y, tensor(n, n)), Function((x,), x, tensor(n, m)))


def test_free_variables_equal_only_themselves_unless_mapped():
    a, b = Var("a", tensor(2)), Var("b", tensor(2))
    assert structural_equal(relax("add", a, a), relax("add", a, a))
    assert not structural_equal(relax("add", a, a), relax("add", b, b))
    assert structural_equal(relax("add", a, a), relax("add", b, b), map_free_vars=True)
    assert not structural_equal(relax("add", a, a), relax("add", a, b), map_free_vars=True)


def test_depth_is_no_limit():
    def chain():
        x = y = variable("x", 2)
        for _ in range(50_000):
            y = relax("nn.relu", y)
        return Function((x,), y)

    assert structural_equal(chain(), chain())
