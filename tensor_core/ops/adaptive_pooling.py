"""Adaptive pools: the result's extents are given, the windows follow.

Window i of n over a dimension of m elements reaches from floor(i m / n) up to ceil((i + 1) m / n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import layout, pool_arrays, rules
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array
from tensor_core.prim import FloorDiv, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class Adaptive:
    """``output_size``: the result's spatial extents; None keeps the data's."""

    output_size: tuple[int, ...] | None
    layout: str

    def axes(self, source: TensorType) -> tuple[int, ...]:
        """Where the spatial dimensions stand."""
        letters = "".join(letter for letter in "DHW" if letter in self.layout)
        rank, axes = layout.spatial(self.layout, letters)
        if rank != source.rank:
            raise Reject(f"layout {self.layout} has {rank} dimensions, the data {rules.show(source.shape)}", 0)
        return axes


def infer(params: Adaptive, data: Type) -> Type:
    """The type of an adaptive pool."""
    source = rules.tensor(data, 0)
    shape = list(source.shape)
    for axis, size in _sizes(params, source):
        shape[axis] = size
    return TensorType(tuple(shape), source.dtype)


def _sizes(params: Adaptive, source: TensorType) -> list[tuple[int, int]]:
    """The pooled axes and their new extents."""
    axes = params.axes(source)
    sizes = params.output_size
    if sizes is None:
        return []
    if len(sizes) != len(axes):
        raise Reject(
            f"output_size must have {len(axes)} elements for the dimensions of {params.layout}, not {len(sizes)}"
        )
    if any(size < 0 for size in sizes):
        raise Reject(f"output_size must not be negative, it is {tuple(sizes)}")
    return list(zip(axes, sizes, strict=True))


def is_mixed(params: Adaptive, source: TensorType) -> bool:
    """Whether windows have one length, above 1, along some dimension and several along another, or may have."""
    sizes = [(source.shape[axis], count) for axis, count in _sizes(params, source)]
    even = [_is_even(size, count) for size, count in sizes]
    return not all(even) and any(is_even and size != count for is_even, (size, count) in zip(even, sizes, strict=True))


def even_windows(params: Adaptive, source: TensorType) -> tuple[int, ...] | None:
    """The length of the windows along each dimension, where all have one."""
    lengths = [(source.shape[axis], count) for axis, count in _sizes(params, source)]
    known = [(size // count, size % count) for size, count in lengths if isinstance(size, int) and count > 0]
    if len(known) < len(lengths) or any(rest for _, rest in known):
        return None
    return tuple(length for length, _ in known) or (1,) * len(params.axes(source))


def _bounds(size: int, count: int) -> tuple[Array, Array]:
    place = np.arange(count)
    return place * size // count, -((place + 1) * -size // count)


def avg_reference(params: Adaptive, x: Array) -> Array:
    """The averages: sums axis by axis, then one division."""
    wide = x.astype(np.float32) if x.dtype.kind not in "iuf" or x.dtype == np.float16 else x
    count = np.ones((), np.int64)
    for axis, size in _sizes(params, tensor_type_of(x)):
        starts, ends = _bounds(x.shape[axis], size)
        parts = [
            wide[(*(slice(None),) * axis, slice(start, end))].sum(axis, keepdims=True, dtype=wide.dtype)
            for start, end in zip(starts, ends, strict=True)
        ]
        wide = np.concatenate(parts, axis)
        count = count * (ends - starts).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    return pool_arrays.divide(wide, count, x.dtype)


def max_reference(params: Adaptive, x: Array) -> Array:
    """The maxima, folded in row-major order of the window's places."""
    sizes = _sizes(params, tensor_type_of(x))
    bounds = [_bounds(x.shape[axis], size) for axis, size in sizes]
    lowest = np.asarray(dtypes.lowest(dtypes.from_numpy(x.dtype)), x.dtype)
    shape = shapes.static(rules.tensor(infer(params, tensor_type_of(x)), 0).shape)
    result = np.full(shape, lowest, x.dtype)
    for tap in np.ndindex(*(int((ends - starts).max()) for starts, ends in bounds)):
        item, inside = x, np.ones((), bool)
        for (axis, _), (starts, ends), offset in zip(sizes, bounds, tap, strict=True):
            item = item.take(np.minimum(starts + offset, x.shape[axis] - 1), axis)
            inside = inside & (starts + offset < ends).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
        result = np.where(inside & ~(result > item), item, result)
    return result


def _lower(params: Adaptive, b: LoopBuilder, x: Tensor, combiner: Combiner, neutral: float) -> Tensor:
    source = TensorType(x.shape, x.dtype)
    result = rules.tensor(infer(params, source), 0)
    sizes = _sizes(params, source)

    def tap(*v: PrimExpr) -> PrimExpr:
        place, inside = list(v[: x.rank]), list[PrimExpr]()
        for (axis, count), k in zip(sizes, v[x.rank :], strict=True):
            start, length = _window(v[axis], x.shape[axis], count)
            place[axis] = start + k
            if not _is_even(x.shape[axis], count):
                inside.append(k < length)
        value = x[tuple(place)]
        return prim.if_then_else(prim.all_of(inside), value, neutral) if inside else value

    over = [_longest(x.shape[axis], count) for axis, count in sizes]
    init = neutral if combiner is Combiner.MAX else None
    return b.reduce(result.shape, over, tap, combiner, init=init, name="adaptive_pool")


def avg_lower(params: Adaptive, b: LoopBuilder, x: Tensor) -> Tensor:
    """A reduction, then a division by the number of elements."""
    sizes = _sizes(params, TensorType(x.shape, x.dtype))
    if not sizes:
        return x
    sums = _lower(params, b, x, Combiner.SUM, 0)

    def element(*i: PrimExpr) -> PrimExpr:
        count = as_expr(1)
        for axis, size in sizes:
            count = count * _window(i[axis], x.shape[axis], size)[1]
        return sums[i] / shapes.as_expr(shapes.simplify(count)).astype(x.dtype)

    return b.compute(sums.shape, element, name="adaptive_pool_avg")


def max_lower(params: Adaptive, b: LoopBuilder, x: Tensor) -> Tensor:
    """One reduction."""
    return _lower(params, b, x, Combiner.MAX, dtypes.lowest(x.dtype))


def _is_even(size: Dim, count: int) -> bool:
    return count == 1 or (isinstance(size, int) and count > 0 and size % count == 0)


def _longest(size: Dim, count: int) -> Dim:
    """The length of the longest window, or a bound on it."""
    if isinstance(size, int):
        # A window begins at any multiple of the common divisor behind a whole number of steps.
        rest = size % count if count else 0
        return size // max(count, 1) + (0 if not rest else 1 if rest == math.gcd(size, count) else 2)
    return size if count == 1 else shapes.add(shapes.floor_divide(shapes.add(size, count - 1), count), 1)


def _window(place: PrimExpr, size: Dim, count: int) -> tuple[PrimExpr, PrimExpr]:
    """Start and length of a window."""
    if _is_even(size, count):
        length = as_expr(shapes.floor_divide(size, count))
        return (as_expr(0) if count == 1 else place * length), length
    start = FloorDiv(place * as_expr(size), as_expr(count))
    end = FloorDiv((place + 1) * as_expr(size) + (count - 1), as_expr(count))
    return start, end - start


def terms(params: Adaptive, data: Type) -> float:
    """The number of elements summed."""
    source = rules.tensor(data, 0)
    lengths = [_longest(source.shape[axis], count) for axis, count in _sizes(params, source)]
    total = shapes.product(lengths)
    return float(total) if isinstance(total, int) else 1e4


def magnitude(params: Adaptive, x: Array) -> Array:
    """The averages of absolute values."""
    return avg_reference(params, np.abs(x))
