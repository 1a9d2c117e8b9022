"""transpose (relax.permute_dims): the dimensions in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Transpose:
    """``axes``: which input dimension each output dimension is; None reverses them."""

    axes: tuple[int, ...] | None = None


def _order(params: Transpose, rank: int) -> tuple[int, ...]:
    if params.axes is None:
        return tuple(reversed(range(rank)))
    if len(params.axes) != rank:
        raise Reject(f"{len(params.axes)} axes given for {rank} dimensions")
    return rules.axes(params.axes, rank)


def _infer(params: Transpose, data: Type) -> Type:
    source = rules.tensor(data, 0)
    return TensorType(tuple(source.shape[a] for a in _order(params, source.rank)), source.dtype)


def _reference(params: Transpose, x: Array) -> Array:
    return np.transpose(x, params.axes)


def _lower(params: Transpose, b: LoopBuilder, x: Tensor) -> Tensor:
    order = _order(params, x.rank)
    places = tuple(order.index(a) for a in range(x.rank))
    return b.compute([x.shape[a] for a in order], lambda *i: x[tuple(i[p] for p in places)], name="T_transpose")


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axes": _order(Transpose(attrs["axes"]), rules.tensor(types[0], 0).rank)}


def _gradient(params: Transpose, _args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    if not params.axes:
        return [g.call("transpose")]
    order = _order(params, len(params.axes))
    return [g.call("transpose", axes=tuple(order.index(axis) for axis in range(len(order))))]


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
    return Drawn(Transpose(d.some(lambda: d.some_axes(source.rank, source.rank))), (source,))


CARD = OpCard(
    name="transpose",
    inputs=(Input("data"),),
    params=Transpose,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="transpose",
        attrs_type="relay.attrs.TransposeAttrs",
        fields=(Field("axes", Kind.INTS, optional=True),),
        read=_read,
    ),
    relax=(
        RelaxSpelling(
            name="relax.permute_dims",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.PermuteDimsAttrs",
            fields=(Field("axes", Kind.INTS, None, optional=True),),
            read=_read,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
