"""Accesses that cannot be proven to lie inside their buffers. The arrays end at inaccessible pages (support/native)."""

from collections.abc import Callable

import numpy as np
import pytest
from native import run

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, store
from tensor_core.loops.nodes import Axis, Block, Combiner, PrimFunc
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType

FAR = np.array([-(2**62), -1, 0, 1, 4, 5, 6, 2**31, 2**40, 2**62] * 4, "int64")


def gather(index: Callable[[PrimExpr], PrimExpr], dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    table, where = b.input("table", TensorType((5,), dtype)), b.input("where", TensorType((len(FAR),), "int64"))
    return b.finish("gather", [b.compute((len(FAR),), lambda i: table[index(where[i])])])


@pytest.mark.parametrize("dtype", ["float32", "int8", "float64", "bool", "bfloat16"])
def test_a_gather_reads_nothing_outside(dtype: str) -> None:
    table = np.ones(5, np.float32)
    func = gather(lambda w: w, dtype)
    (got,) = run(func, [table.astype(dtypes.to_numpy(dtype)), FAR])
    inside = (FAR >= 0) & (FAR < 5)
    np.testing.assert_array_equal(got.astype(np.float32), inside.astype(np.float32))


@pytest.mark.parametrize("extra", [0, 1, 7])
def test_clipped_wrapped_and_shifted_indices(extra: int) -> None:
    table = np.arange(5, dtype=np.float32)
    clipped = gather(lambda w: prim.Min(prim.Max(w + extra, as_expr(0)), as_expr(4)))
    np.testing.assert_array_equal(run(clipped, [table, FAR])[0], table[np.clip(FAR + extra, 0, 4)])
    wrapped = gather(lambda w: (w + extra) % 5)
    np.testing.assert_array_equal(run(wrapped, [table, FAR])[0], table[(FAR + extra) % 5])


def test_indices_that_overflow_stay_inside() -> None:
    table = np.arange(5, dtype=np.float32)
    for factor in (3, 2**33, 2**62):
        run(gather(lambda w, factor=factor: w * factor), [table, FAR])
        run(gather(lambda w, factor=factor: prim.Min(prim.Max(w * factor, as_expr(0)), as_expr(4))), [table, FAR])


@pytest.mark.parametrize("slack", [0, 1, 3])
def test_a_guard_that_is_too_weak_is_not_trusted(slack: int) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((37,)))
    y = b.compute((40,), lambda i: prim.if_then_else((i < 37 + slack), x[i], -1.0))
    (got,) = run(b.finish("kernel", [y]), [np.arange(37, dtype=np.float32)])
    np.testing.assert_array_equal(got[:37], np.arange(37))
    np.testing.assert_array_equal(got[37 + slack :], -1)


def test_a_guard_on_another_axis_does_not_help() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((6,)))
    y = b.compute((20, 20), lambda i, j: prim.if_then_else(i < 6, x[j], 0.0))
    (got,) = run(b.finish("kernel", [y]), [np.ones(6, np.float32)])
    np.testing.assert_array_equal(got[:6, :6], 1)


def test_loads_of_one_element_under_a_condition_per_lane() -> None:
    b = LoopBuilder()
    x, n = b.input("x", TensorType((3,))), b.input("n", TensorType((), "int64"))
    y = b.compute((33,), lambda i: prim.if_then_else(i < 20, x[n[()]], 2.0))
    for position, value in ((1, 1.0), (3, None), (-1, None)):
        (got,) = run(b.finish("kernel", [y]), [np.arange(3, dtype=np.float32), np.array(position)])
        np.testing.assert_array_equal(got[20:], 2)
        if value is not None:
            np.testing.assert_array_equal(got[:20], value)


@pytest.mark.parametrize("shift", [-3, 0, 2, 15])
def test_stores_outside_do_not_happen(shift: int) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((16,)))
    y = b.compute((16,), lambda _: prim.const(0, "float32"))
    b.emit(loop(16, lambda i: store(y, [i + shift], x[i])))
    (got,) = run(b.finish("kernel", [y]), [np.ones(16, np.float32)])
    assert got.sum() == max(0, 16 - abs(shift))


def test_scattered_stores_outside_do_not_happen() -> None:
    b = LoopBuilder()
    x, where = b.input("x", TensorType((len(FAR),))), b.input("where", TensorType((len(FAR),), "int64"))
    y = b.compute((6,), lambda _: prim.const(0, "float32"))
    axis = Axis(Var("i"), len(FAR))
    b.emit(Block((axis,), (), y.buffer, (where[axis.var],), x[axis.var]))
    (got,) = run(b.finish("kernel", [y]), [np.ones(len(FAR), np.float32), FAR])
    np.testing.assert_array_equal(got, [1, 1, 0, 0, 1, 1])


def test_empty_arrays() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((0, 3)))
    total = b.reduce((3,), (0,), lambda j, k: x[k, j], Combiner.SUM)
    guarded = b.compute((5,), lambda i: prim.if_then_else(i < 0, x[i, 0], 7.0))
    nothing = b.compute((0, 4), lambda *_: prim.const(1, "float32"))
    got = run(b.finish("kernel", [total, guarded, nothing]), [np.zeros((0, 3), np.float32)])
    np.testing.assert_array_equal(got[0], np.zeros(3))
    np.testing.assert_array_equal(got[1], np.full(5, 7))
    assert got[2].shape == (0, 4)


def strided(x: Tensor, step: int, start: int, b: LoopBuilder, count: int) -> Tensor:
    return b.compute((count,), lambda i: x[i * step + start])


@pytest.mark.parametrize("size", [1, 2, 7, 15, 16, 17, 31, 33, 64, 100])
@pytest.mark.parametrize("step", [1, 2, 3, -1, -2])
def test_strided_reads_end_with_the_array(size: int, step: int) -> None:
    count = -(-size // abs(step))
    start = size - 1 if step < 0 else 0
    b = LoopBuilder()
    x = b.input("x", TensorType((size,)))
    (got,) = run(b.finish("kernel", [strided(x, step, start, b, count)]), [np.arange(size, dtype=np.float32)])
    np.testing.assert_array_equal(got, np.arange(size)[::step])
