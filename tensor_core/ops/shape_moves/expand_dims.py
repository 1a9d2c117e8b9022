"""expand_dims: insert dimensions of size 1.

Relay inserts ``num_newaxis`` in one place, given relative to the input's rank; Relax names the places in the result.
"""

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
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class ExpandDims:
    """``axis``: where the new dimensions stand in the result."""

    axis: tuple[int, ...]


def _infer(params: ExpandDims, data: Type) -> Type:
    source = rules.tensor(data, 0)
    new = rules.axes(params.axis, source.rank + len(params.axis))
    kept = iter(source.shape)
    shape: tuple[Dim, ...] = tuple(1 if n in new else next(kept) for n in range(source.rank + len(new)))
    return TensorType(shape, source.dtype)


def _reference(params: ExpandDims, x: Array) -> Array:
    return np.expand_dims(x, params.axis)


def _lower(params: ExpandDims, b: LoopBuilder, x: Tensor) -> Tensor:
    rank = x.rank + len(params.axis)
    kept = [n for n in range(rank) if n not in rules.axes(params.axis, rank)]
    shape: list[Dim] = [1] * rank
    for n, dim in zip(kept, x.shape, strict=True):
        shape[n] = dim
    return b.compute(shape, lambda *i: x[tuple(i[n] for n in kept)], name="T_expand_dims")


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    old = rules.tensor(types[0], 0).rank
    first = rules.axis(attrs["axis"], old + 1)
    return {"axis": tuple(range(first, first + rules.rank(old + attrs["num_newaxis"]) - old))}


def _write_relay(params: ExpandDims, types: Sequence[Type]) -> Mapping[str, Value]:
    count = len(params.axis)
    new = sorted(rules.axes(params.axis, rules.tensor(types[0], 0).rank + count))
    first = new[0] if new else 0
    if new != list(range(first, first + count)):
        raise Reject(f"Relay inserts dimensions in one place, not at {tuple(new)}")
    return {"axis": first, "num_newaxis": count}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    named = rules.many(attrs["axis"])
    return {"axis": tuple(sorted(rules.axes(named, rules.tensor(types[0], 0).rank + len(named))))}


def _gradient(params: ExpandDims, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    del args
    return [g.call("squeeze", axis=params.axis)]


def _draw(d: Draw) -> Drawn:
    source, count = TensorType(d.any_shape(0, 3), d.one_of(*draw.EVERY)), d.integer(0, 3)
    return Drawn(ExpandDims(d.some_axes(source.rank + count, count)), (source,))


CARD = OpCard(
    name="expand_dims",
    inputs=(Input("data"),),
    params=ExpandDims,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="expand_dims",
        attrs_type="relay.attrs.ExpandDimsAttrs",
        fields=(Field("axis", Kind.INT), Field("num_newaxis", Kind.INT, 1)),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.expand_dims",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.ExpandDimsAttrs",
            fields=(Field("axis", Kind.INTS),),
            read=_read_relax,
        ),
    ),
    pattern=Pattern.BROADCAST,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
