"""broadcast_to_like, reshape_like, slice_like: moves whose target shape is that of a second argument.

Only the type of the second argument plays a part, never its values. Relax carries shapes as operands, so each is
expanded to the operator that takes the shape itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Field, Input, Kind, Law, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import broadcast_index, reshaped_index
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class ReshapeLike:
    """The dimensions ``lhs_begin`` to ``lhs_end`` of the data become ``rhs_begin`` to ``rhs_end`` of the other."""

    lhs_begin: int = 0
    lhs_end: int | None = None
    rhs_begin: int = 0
    rhs_end: int | None = None


@dataclass(frozen=True, slots=True)
class SliceLike:
    """``axes``: the dimensions to shorten; None shortens all that both arguments have."""

    axes: tuple[int, ...] | None = None


# ---- broadcast_to_like


def _infer_broadcast(params: NoParams, data: Type, like: Type) -> Type:
    rules.unified_shape(rules.tensor(rules.broadcast(params, data, like), 1).shape, rules.tensor(like, 1).shape, 0)
    return like


def _broadcast(_params: NoParams, x: Array, like: Array) -> Array:
    return np.broadcast_to(x, like.shape)


def _lower_broadcast(_params: NoParams, b: LoopBuilder, x: Tensor, like: Tensor) -> Tensor:
    return b.compute(like.shape, lambda *i: x[broadcast_index(i, x.shape)], name="T_broadcast_to")


def _expand_broadcast(_params: NoParams, f: Fragment[Any], data: Any, like: Any) -> Any:
    return f.call("broadcast_to", data, shape=rules.closed(f.tensor_type(like).shape))


# ---- reshape_like


def _reshaped(params: ReshapeLike, own: Shape, other: Shape) -> Shape:
    start, stop = _bounds(params.lhs_begin, params.lhs_end, len(own))
    first, last = _bounds(params.rhs_begin, params.rhs_end, len(other))
    return (*own[:start], *other[first:last], *own[stop:])


def _bounds(begin: int, end: int | None, rank: int) -> tuple[int, int]:
    end = rank if end is None else end
    begin, end = (position + rank if position < 0 else position for position in (begin, end))
    if not (0 <= begin <= rank and 0 <= end <= rank):
        raise Reject(f"dimensions {begin} to {end} are out of range for {rank} dimensions")
    return begin, end


def _infer_reshape(params: ReshapeLike, data: Type, like: Type) -> Type:
    source = rules.tensor(data, 0)
    shape = _reshaped(params, source.shape, rules.tensor(like, 1).shape)
    if shapes.is_static(source.shape) and shapes.prove_different(shapes.product(source.shape), shapes.product(shape)):
        raise Reject(f"{rules.show(source.shape)} and {rules.show(shape)} have different numbers of elements", 1)
    return TensorType(shape, source.dtype)


def _reshape(params: ReshapeLike, x: Array, like: Array) -> Array:
    return x.reshape(shapes.static(_reshaped(params, x.shape, like.shape)))


def _lower_reshape(params: ReshapeLike, b: LoopBuilder, x: Tensor, like: Tensor) -> Tensor:
    shape = _reshaped(params, x.shape, like.shape)
    return b.compute(shape, lambda *i: x[reshaped_index(i, shape, x.shape)], name="T_reshape")


def _expand_reshape(params: ReshapeLike, f: Fragment[Any], data: Any, like: Any) -> Any:
    shape = _reshaped(params, f.tensor_type(data).shape, f.tensor_type(like).shape)
    return f.call("reshape", data, shape=rules.closed(shape))


# ---- slice_like


def _sliced(params: SliceLike, own: Shape, other: Shape) -> Shape:
    if params.axes is None:
        axes: tuple[int, ...] = tuple(range(min(len(own), len(other))))
    else:
        axes = tuple(rules.axis(axis, len(own)) for axis in params.axes)
        if not axes:
            raise Reject("axes must not be empty")
        if max(axes) >= len(other):
            raise Reject(f"axis {max(axes)} is out of range for {len(other)} dimensions", 1)
    shape = list(own)
    for axis in axes:
        whole, part = own[axis], other[axis]
        if isinstance(whole, int) and isinstance(part, int) and part > whole:
            raise Reject(f"dimension {axis} has {whole} elements, {part} are asked for", 0)
        shape[axis] = part
    return tuple(shape)


def _infer_slice(params: SliceLike, data: Type, like: Type) -> Type:
    source = rules.tensor(data, 0)
    return TensorType(_sliced(params, source.shape, rules.tensor(like, 1).shape), source.dtype)


def _slice(params: SliceLike, x: Array, like: Array) -> Array:
    return x[tuple(map(slice, shapes.static(_sliced(params, x.shape, like.shape))))]


def _lower_slice(params: SliceLike, b: LoopBuilder, x: Tensor, like: Tensor) -> Tensor:
    return b.compute(_sliced(params, x.shape, like.shape), lambda *i: x[i], name="T_slice_like")


def _expand_slice(params: SliceLike, f: Fragment[Any], data: Any, like: Any) -> Any:
    own = f.tensor_type(data).shape
    shape = rules.closed(_sliced(params, own, f.tensor_type(like).shape))
    axes = tuple(n for n, dim in enumerate(shape) if dim is not own[n] and dim != own[n])
    if not axes:
        return data
    ends, ones = tuple(shape[n] for n in axes), (1,) * len(axes)
    return f.call("strided_slice", data, axes=axes, begin=(0,) * len(axes), end=ends, strides=ones)


def _gradient_broadcast(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.summed_to(args[0]), None]


def _gradient_reshape(_params: ReshapeLike, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.shaped_as(args[0]), None]


def _draw_broadcast(d: Draw) -> Drawn:
    shape, dtype = d.any_shape(), d.one_of(*draw.EVERY)
    return Drawn(NoParams(), (TensorType(d.narrowed(shape), dtype), TensorType(shape, dtype)))


def _draw_reshape(d: Draw) -> Drawn:
    factors = d.any_shape(0, 3)
    sides = [(d.shape(0, 1), d.grouped(factors), d.shape(0, 1)) for _ in range(2)]
    (before, middle, after), (front, other, back) = sides
    own, like = (*before, *middle, *after), (*front, *other, *back)
    params = ReshapeLike(
        *_draw_bounds(d, len(before), len(own) - len(after), len(own)),
        *_draw_bounds(d, len(front), len(like) - len(back), len(like)),
    )
    return Drawn(params, (TensorType(own, d.one_of(*draw.EVERY)), TensorType(like, d.one_of(*draw.EVERY))))


def _draw_bounds(d: Draw, begin: int, end: int, rank: int) -> tuple[int, int | None]:
    """The same bounds in one of the ways to say them."""
    first = d.signed(begin, rank) if begin < rank else begin
    if end == rank:
        return first, d.one_of(None, rank)
    return first, d.signed(end, rank)


def _draw_slice(d: Draw) -> Drawn:
    own = d.shape(1)
    axes = d.some(lambda: d.some_axes(len(own), d.integer(1, len(own))))
    cut = range(len(own)) if axes is None else [axis % len(own) for axis in axes]
    rank = d.integer(1 if axes is None else max(cut) + 1, 5)
    like = tuple(d.integer(1, own[n] if n in cut else 5) for n in range(rank))
    types = (TensorType(own, d.one_of(*draw.EVERY)), TensorType(like, d.one_of(*draw.EVERY)))
    return Drawn(SliceLike(axes), types)


CARDS = (
    OpCard(
        name="broadcast_to_like",
        inputs=(Input("data"), Input("broadcast_type")),
        params=NoParams,
        infer=_infer_broadcast,
        reference=_broadcast,
        lower=_lower_broadcast,
        expand=_expand_broadcast,
        gradient=derivatives(_gradient_broadcast),
        relay=RelaySpelling(name="broadcast_to_like"),
        pattern=Pattern.BROADCAST,
        laws=frozenset({Law.MOVES}),
        draw=_draw_broadcast,
    ),
    OpCard(
        name="reshape_like",
        inputs=(Input("data"), Input("shape_like")),
        params=ReshapeLike,
        infer=_infer_reshape,
        reference=_reshape,
        lower=_lower_reshape,
        expand=_expand_reshape,
        gradient=derivatives(_gradient_reshape),
        relay=RelaySpelling(
            name="reshape_like",
            attrs_type="relay.attrs.ReshapeLikeAttrs",
            fields=(
                Field("lhs_begin", Kind.INT, 0),
                Field("lhs_end", Kind.INT, None, optional=True),
                Field("rhs_begin", Kind.INT, 0),
                Field("rhs_end", Kind.INT, None, optional=True),
            ),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_reshape,
    ),
    OpCard(
        name="slice_like",
        inputs=(Input("data"), Input("shape_like")),
        params=SliceLike,
        infer=_infer_slice,
        reference=_slice,
        lower=_lower_slice,
        expand=_expand_slice,
        relay=RelaySpelling(
            name="slice_like",
            attrs_type="relay.attrs.SliceLikeAttrs",
            fields=(Field("axes", Kind.INTS, optional=True, python=None),),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_slice,
    ),
)
