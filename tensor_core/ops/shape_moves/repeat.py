"""repeat (each element several times), tile (the whole several times) and reverse (relax.flip)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.indexing import unflatten
from tensor_core.ops.rules import Array
from tensor_core.prim import IntImm, PrimExpr
from tensor_core.shapes import Shape, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Repeat:
    """``repeats`` of each element along ``axis``; None flattens first (Relax)."""

    repeats: int
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """``reps``: how often to repeat along each dimension, aligned to the last one."""

    reps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reverse:
    """``axis``: the dimension whose order is reversed. Relay's attribute may be left out, and then is refused."""

    axis: int | None


def _infer_repeat(params: Repeat, data: Type) -> Type:
    source = rules.tensor(data, 0)
    shape = source.shape if params.axis is not None else (shapes.product(source.shape),)
    axis = rules.axis(params.axis or 0, len(shape))
    if params.repeats < 0:
        raise Reject(f"repeats is {params.repeats}")
    extent = shapes.multiply(shape[axis], params.repeats)
    return TensorType((*shape[:axis], extent, *shape[axis + 1 :]), source.dtype)


def _repeat(params: Repeat, x: Array) -> Array:
    return np.repeat(x, params.repeats, params.axis)


def _lower_repeat(params: Repeat, b: LoopBuilder, x: Tensor) -> Tensor:
    result = rules.tensor(_infer_repeat(params, TensorType(x.shape, x.dtype)), 0)
    count = params.repeats

    def element(*i: PrimExpr) -> PrimExpr:
        if params.axis is None:
            return x[unflatten(i[0] // count, x.shape)]
        axis = rules.axis(params.axis, x.rank)
        return x[(*i[:axis], i[axis] // count, *i[axis + 1 :])]

    return b.compute(result.shape, element, name="T_repeat")


def _aligned(reps: Sequence[int], shape: Shape) -> tuple[tuple[int, ...], Shape]:
    """Repetitions and shape of the same length, filled up with ones on the left."""
    rank = max(len(reps), len(shape))
    return (1,) * (rank - len(reps)) + tuple(reps), (1,) * (rank - len(shape)) + tuple(shape)


def _infer_tile(params: Tile, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if any(count < 0 for count in params.reps):
        raise Reject(f"repetitions {params.reps} must not be negative")
    reps, shape = _aligned(params.reps, source.shape)
    return TensorType(tuple(map(shapes.multiply, shape, reps)), source.dtype)


def _tile(params: Tile, x: Array) -> Array:
    return np.tile(x, params.reps)


def _lower_tile(params: Tile, b: LoopBuilder, x: Tensor) -> Tensor:
    reps, shape = _aligned(params.reps, x.shape)

    def element(*i: PrimExpr) -> PrimExpr:
        places = [
            IntImm(0) if extent == 1 else index if count == 1 else index % as_expr(extent)
            for index, count, extent in zip(i, reps, shape, strict=True)
        ]
        return x[tuple(places[len(shape) - x.rank :])]

    return b.compute(tuple(map(shapes.multiply, shape, reps)), element, name="T_tile")


def _infer_reverse(params: Reverse, data: Type) -> Type:
    source = rules.tensor(data, 0)
    _reversed_axis(params, source.rank)
    return source


def _reversed_axis(params: Reverse, rank: int) -> int:
    if params.axis is None:
        raise Reject("the axis to reverse is not given")
    return rules.axis(params.axis, rank)


def _reverse(params: Reverse, x: Array) -> Array:
    return np.flip(x, params.axis)


def _lower_reverse(params: Reverse, b: LoopBuilder, x: Tensor) -> Tensor:
    axis = _reversed_axis(params, x.rank)
    last = as_expr(shapes.subtract(x.shape[axis], 1))
    return b.compute(x.shape, lambda *i: x[(*i[:axis], last - i[axis], *i[axis + 1 :])], name="T_reverse")


def _read_relay_repeat(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["axis"] is None or attrs["repeats"] < 1:
        raise Reject("Relay's repeat takes an axis and at least one repetition")
    return attrs


def _read_relay_tile(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if any(count < 1 for count in attrs["reps"]):
        raise Reject("Relay's tile takes at least one repetition")
    return attrs


def _read_relax_tile(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"reps": rules.many(attrs["repeats"])}


def _draw_repeat(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
    axis = d.axis(source.rank) if source.rank and d.flag() else None
    return Drawn(Repeat(d.integer(0, 3), axis), (source,))


def _draw_tile(d: Draw) -> Drawn:
    reps = d.shape(0, 4, most=3) if d.flag() or d.flag() else d.shape(1, 4, least=0, most=3)
    return Drawn(Tile(reps), (TensorType(d.any_shape(0, 3), d.one_of(*draw.EVERY)),))


def _draw_reverse(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(1), d.one_of(*draw.EVERY))
    return Drawn(Reverse(d.axis(source.rank)), (source,))


_INPUTS = (Input("data"),)
_OPERANDS = (Operand("data"),)

REPEAT = OpCard(
    name="repeat",
    inputs=_INPUTS,
    params=Repeat,
    infer=_infer_repeat,
    reference=_repeat,
    lower=_lower_repeat,
    relay=RelaySpelling(
        name="repeat",
        attrs_type="relay.attrs.RepeatAttrs",
        fields=(Field("repeats", Kind.INT), Field("axis", Kind.INT, None, optional=True)),
        read=_read_relay_repeat,
    ),
    relax=(
        RelaxSpelling(
            name="relax.repeat",
            operands=_OPERANDS,
            attrs_type="relax.attrs.RepeatAttrs",
            fields=(Field("repeats", Kind.INT), Field("axis", Kind.INT, None, optional=True)),
        ),
    ),
    pattern=Pattern.BROADCAST,
    laws=frozenset({Law.MOVES}),
    draw=_draw_repeat,
)

TILE = OpCard(
    name="tile",
    inputs=_INPUTS,
    params=Tile,
    infer=_infer_tile,
    reference=_tile,
    lower=_lower_tile,
    relay=RelaySpelling(
        name="tile",
        attrs_type="relay.attrs.TileAttrs",
        fields=(Field("reps", Kind.INTS),),
        read=_read_relay_tile,
    ),
    relax=(
        RelaxSpelling(
            name="relax.tile",
            operands=_OPERANDS,
            attrs_type="relax.attrs.TileAttrs",
            fields=(Field("repeats", Kind.INTS, param="reps"),),
            read=_read_relax_tile,
        ),
    ),
    pattern=Pattern.BROADCAST,
    laws=frozenset({Law.MOVES}),
    draw=_draw_tile,
)

REVERSE = OpCard(
    name="reverse",
    inputs=_INPUTS,
    params=Reverse,
    infer=_infer_reverse,
    reference=_reverse,
    lower=_lower_reverse,
    relay=RelaySpelling(
        name="reverse", attrs_type="relay.attrs.ReverseAttrs", fields=(Field("axis", Kind.INT, None, optional=True),)
    ),
    relax=(
        RelaxSpelling(
            name="relax.flip",
            operands=_OPERANDS,
            attrs_type="relax.attrs.FlipAttrs",
            fields=(Field("axis", Kind.INT),),
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.INVOLUTION, Law.MOVES}),
    draw=_draw_reverse,
)

CARDS = (REPEAT, TILE, REVERSE)
