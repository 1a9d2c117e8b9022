"""Orders of elements along an axis, as the sorting operators share them.

NaN is greater than any number, as numpy has it. TVM (0.19 to 0.27) sorts with a comparison that NaN makes inconsistent,
so where it puts one is up to its C++ library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import rules
from tensor_core.ops.card import Value
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_expr
from tensor_core.types import Type

Row = Callable[[tuple[Var, ...], tuple[Var, ...], Tensor], Stmt]
"""What is done with one row: its indices before and behind the sorted axis, and the positions in order."""


def comparable(x: Array) -> Array:
    """The same values in an element type that numpy sorts right, also where some are NaN (bfloat16 it does not)."""
    return x if x.dtype.isbuiltin == 1 else x.astype(np.float32)


def order(x: Array, axis: int, ascending: bool) -> Array:
    """The positions that sort ``x`` along an axis; equal elements stay in their order, also descending."""
    axis, x = rules.axis(axis, x.ndim), comparable(x)
    if ascending:
        return np.argsort(x, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def undefined(x: Array, axis: int) -> Array:
    """Whether an element's row holds a NaN, so that its order is not defined; the axis keeps one element."""
    known = comparable(x)
    found: Array = np.isnan(known) if known.dtype.kind == "f" else np.zeros(x.shape, bool)
    return np.asarray(found.any(axis, keepdims=True))


def read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> dict[str, Any]:
    """Relax's ``descending`` as ``is_ascend``."""
    return {"axis": attrs["axis"], "is_ascend": not attrs["descending"]}


def write_relax(params: Any, _types: Sequence[Type]) -> dict[str, Value]:
    """``is_ascend`` as Relax's ``descending``."""
    return {"axis": params.axis, "descending": not params.is_ascend}


def less(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    """Whether an element comes before another in ascending order."""
    if not dtypes.is_float(a.dtype):
        return a < b
    a, b = (x.astype("float32") if dtypes.bits(x.dtype) < 32 else x for x in (a, b))
    is_nan = [prim.intrinsic("isnan", x, dtype="bool") for x in (a, b)]
    return prim.Or(a < b, prim.And(is_nan[1], prim.Not(is_nan[0])))


def each_row(b: LoopBuilder, x: Tensor, axis: int, ascending: bool, visit: Row) -> None:
    """Add statements that put every row along an axis in the order of :func:`order` and visit it.

    A bottom-up merge sort of positions: n log n steps for a row of n, two scratch vectors for all rows.
    """
    extent = as_expr(x.shape[axis])
    order, merged = (b.scratch((x.shape[axis],), "int64", name) for name in ("order", "merged"))
    heads = b.scratch((2,), "int64", "heads")

    def row(outer: tuple[Var, ...]) -> Stmt:
        before, behind = outer[:axis], outer[axis:]

        def comes_first(right: PrimExpr, left: PrimExpr) -> PrimExpr:
            second, first = x[(*before, right, *behind)], x[(*before, left, *behind)]
            return less(second, first) if ascending else less(first, second)

        return sequence(
            loop(extent, lambda i: store(order, [i], i)),
            _passes(extent, lambda width: _merge_runs(order, merged, heads, extent, width, comes_first)),
            visit(before, behind, order),
        )

    b.emit(nest((*x.shape[:axis], *x.shape[axis + 1 :]), row))


def _passes(extent: PrimExpr, body: Callable[[PrimExpr], Stmt]) -> Stmt:
    """The body for the widths 1, 2, 4, ... below an extent."""

    def step(t: Var) -> Stmt:
        width = prim.intrinsic("shift_left", prim.const(1, "int64"), t)
        return body(width) if isinstance(extent, prim.IntImm) else when(width < extent, body(width))

    return loop(max(extent.value - 1, 0).bit_length() if isinstance(extent, prim.IntImm) else 62, step)


def _merge_runs(
    order: Tensor,
    merged: Tensor,
    heads: Tensor,
    extent: PrimExpr,
    width: PrimExpr,
    comes_first: Callable[[PrimExpr, PrimExpr], PrimExpr],
) -> Stmt:
    """Runs of a width, which are in order, merged into runs of twice the width. ``heads``: the next of two runs."""
    both = width * 2

    def run(number: Var) -> Stmt:
        start = number * both
        middle, end = prim.Min(start + width, extent), prim.Min(start + both, extent)
        left, right = heads[0], heads[1]
        no, yes = prim.const(False, "bool"), prim.const(True, "bool")
        is_right = prim.if_then_else(
            right < end, prim.if_then_else(left < middle, comes_first(order[right], order[left]), yes), no
        )

        def take(i: Var) -> Stmt:
            return when(
                is_right,
                sequence(store(merged, [start + i], order[right]), store(heads, [1], right + 1)),
                sequence(store(merged, [start + i], order[left]), store(heads, [0], left + 1)),
            )

        return sequence(store(heads, [0], start), store(heads, [1], middle), nest((end - start,), lambda i: take(i[0])))

    runs = (extent + both - 1) // both
    return sequence(loop(runs, run), loop(extent, lambda i: store(order, [i], merged[i])))
