"""What convolutions and pools share: padding forms, result extents, a padded stage, strided windows of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array
from tensor_core.prim import Number, PrimExpr
from tensor_core.shapes import Dim, as_expr

Padding = Sequence[tuple[int, int]]
"""Elements before and after, by spatial dimension."""


def per_dimension(value: int | Sequence[int], count: int, what: str) -> tuple[int, ...]:
    """One number for each of ``count`` spatial dimensions; a single number serves all."""
    values = rules.many(value)
    if len(values) == 1:
        values *= count
    if len(values) != count:
        raise Reject(f"{what} must have 1 or {count} elements, not {len(values)}")
    return values


def check_lengths(attrs: Mapping[str, Any], count: int, *names: str) -> None:
    """Reject attributes that do not state one number for each dimension, which Relay's type rules take none of."""
    for name in names:
        if len(attrs[name]) != count:
            raise Reject(f"{name} must have {count} elements, not {len(attrs[name])}")


def full_padding(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Padding in its full form, all befores then all afters (top, left, bottom, right), from 1, n or 2n numbers."""
    values = rules.many(value)
    if len(values) == 1:
        return values * (2 * count)
    if len(values) == count:
        return values * 2
    if len(values) != 2 * count:
        raise Reject(f"padding must have 1, {count} or {2 * count} elements, not {len(values)}")
    return values


def pairs(padding: Sequence[int]) -> Padding:
    """Padding in its full form as (before, after) of each dimension."""
    count = len(padding) // 2
    return list(zip(padding[:count], padding[count:], strict=True))


def dilated(kernel: Dim, dilation: int) -> Dim:
    """The extent that a dilated kernel covers."""
    return shapes.add(shapes.multiply(shapes.subtract(kernel, 1), dilation), 1)


def extent(size: Dim, padding: tuple[int, int], kernel: Dim, stride: int, dilation: int, slack: int = 0) -> Dim:
    """How many windows fit: floor((size + padding - covered + slack) / stride) + 1.

    Reject when a window is larger than what it slides over, or a stride or dilation is not positive.
    """
    if stride < 1 or dilation < 1:
        raise Reject(f"strides and dilations must be positive, got {stride} and {dilation}")
    if isinstance(size, shapes.AnyDim) or isinstance(kernel, shapes.AnyDim):
        return shapes.ANY
    free = shapes.subtract(shapes.add(size, sum(padding) + slack), dilated(kernel, dilation))
    if isinstance(free, int) and free < 0:
        raise Reject(f"a window of {shapes.to_text(kernel)} does not fit into {shapes.to_text(size)} elements", 0)
    return shapes.add(shapes.floor_divide(free, stride), 1)


def pad_stage(
    b: LoopBuilder,
    x: Tensor,
    axes: Sequence[int],
    padding: Padding,
    value: Number,
    dilation: Sequence[int] | None = None,
) -> Tensor:
    """``x`` with ``value`` around the given axes and, with ``dilation``, between neighbours that many places apart.

    Negative padding cuts off. ``x`` itself when nothing changes.
    """
    steps = dict(zip(axes, dilation or (1,) * len(axes), strict=True))
    around = dict(zip(axes, padding, strict=True))
    if all(step == 1 for step in steps.values()) and not any(map(any, padding)):
        return x
    shape = list(x.shape)
    for axis in axes:
        shape[axis] = shapes.add(dilated(x.shape[axis], steps[axis]), sum(around[axis]))

    def element(*i: PrimExpr) -> PrimExpr:
        source, inside = list(i), list[PrimExpr]()
        for axis in axes:
            before, step = around[axis][0], steps[axis]
            place = i[axis] - before if before else i[axis]
            covered = as_expr(dilated(x.shape[axis], step))
            if before > 0:
                inside.append(place >= 0)
            if any(around[axis]):
                inside.append(place < covered)
            if step > 1:
                inside.append((place % step).equal(0))
            source[axis] = place // step if step > 1 else place
        return prim.if_then_else(prim.all_of(inside), x[tuple(source)], value)

    return b.compute(shape, element, name="pad_temp")


def pad_array(x: Array, axes: Sequence[int], padding: Padding, value: Number) -> Array:
    """The array with ``value`` around the given axes; negative padding cuts off."""
    if not any(map(any, padding)):
        return x
    shape, taken, filled = list(x.shape), [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for axis, (before, after) in zip(axes, padding, strict=True):
        size = x.shape[axis]
        shape[axis] = size + before + after
        first = max(before, 0)
        last = max(first, min(size + before, shape[axis]))
        taken[axis], filled[axis] = slice(first - before, last - before), slice(first, last)
    result = np.full(shape, value, x.dtype)
    result[tuple(filled)] = x[tuple(taken)]
    return result


def windows(
    x: Array, out: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Array:
    """A view (batch, channel, *kernel, *out) of an array (batch, channel, *spatial); nothing is copied."""
    inner = x.strides[2:]
    steps = [
        *(s * d for s, d in zip(inner, dilation, strict=True)),
        *(s * n for s, n in zip(inner, strides, strict=True)),
    ]
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *out), (*x.strides[:2], *steps), writeable=False)
