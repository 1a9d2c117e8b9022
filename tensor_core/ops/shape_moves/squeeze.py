"""squeeze: drop dimensions of size 1.

Without axes every dimension known to be 1 is dropped; with an empty list none is (SqueezeRel in TVM 0.19). Relax before
0.23 rejects an axis of another size than 1, later releases leave such an axis in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from tensor_core.ops.formula import reshaped
from tensor_core.ops.rules import Array
from tensor_core.prim import IntImm
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Squeeze:
    """``axis``: the dimensions to drop."""

    axis: tuple[int, ...]


def _infer(params: Squeeze, data: Type) -> Type:
    source = rules.tensor(data, 0)
    dropped = rules.axes(params.axis, source.rank)
    for a in dropped:
        if shapes.prove_different(source.shape[a], 1):
            raise Reject(f"dimension {a} of {rules.show(source.shape)} is not 1", 0)
    return TensorType(tuple(dim for n, dim in enumerate(source.shape) if n not in dropped), source.dtype)


def _reference(params: Squeeze, x: Array) -> Array:
    return x.squeeze(params.axis)


def _lower(params: Squeeze, b: LoopBuilder, x: Tensor) -> Tensor:
    dropped = rules.axes(params.axis, x.rank)
    kept = [n for n in range(x.rank) if n not in dropped]
    zero = IntImm(0)
    return b.compute(
        [x.shape[n] for n in kept],
        lambda *i: x[tuple(zero if n in dropped else i[kept.index(n)] for n in range(x.rank))],
        name="T_squeeze",
    )


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0)
    if attrs["axis"] is None:
        if any(isinstance(dim, shapes.AnyDim) for dim in source.shape):
            raise Reject("axis must be given when a dimension is open")
        return {"axis": _unit_axes(source)}
    # Relay takes the same axis twice as once.
    return {"axis": tuple(sorted({rules.axis(a, source.rank) for a in attrs["axis"]}))}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0)
    if attrs["axis"] is None:
        return {"axis": _unit_axes(source)}
    return {"axis": rules.axes(rules.many(attrs["axis"]), source.rank)}


def _read_lenient(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0)
    named: tuple[int, ...] = _read_relax(attrs, types)["axis"]
    return {"axis": tuple(a for a in named if not shapes.prove_different(source.shape[a], 1))}


def _unit_axes(source: TensorType) -> tuple[int, ...]:
    return tuple(n for n, dim in enumerate(source.shape) if dim == 1)


_STRICT = RelaxSpelling(
    name="relax.squeeze",
    operands=(Operand("data"),),
    attrs_type="relax.attrs.SqueezeAttrs",
    fields=(Field("axis", Kind.INTS, None, optional=True),),
    read=_read_relax,
    until="0.23",
)


def _draw(d: Draw) -> Drawn:
    shape = list(d.any_shape())
    axes = d.some_axes(len(shape), d.integer(0, len(shape)))
    for axis in axes:
        shape[axis] = 1
    return Drawn(Squeeze(axes), (TensorType(tuple(shape), d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="squeeze",
    inputs=(Input("data"),),
    params=Squeeze,
    infer=_infer,
    gradient=reshaped(),
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="squeeze",
        attrs_type="relay.attrs.SqueezeAttrs",
        fields=(Field("axis", Kind.INTS, None, optional=True),),
        read=_read_relay,
    ),
    relax=(_STRICT, replace(_STRICT, since="0.23", until=None, read=_read_lenient)),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
