"""broadcast_to: repeat along new dimensions and dimensions of size 1 until the given shape is reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
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
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import broadcast_index
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class BroadcastTo:
    """``shape``: the result's shape."""

    shape: Shape


def _infer(params: BroadcastTo, data: Type) -> Type:
    source = rules.tensor(data, 0)
    own = params.shape[len(params.shape) - source.rank :]
    if source.rank > len(params.shape) or any(
        dim != 1 and shapes.prove_different(dim, wanted) for dim, wanted in zip(source.shape, own, strict=True)
    ):
        raise Reject(f"shape {rules.show(source.shape)} does not broadcast to {rules.show(params.shape)}", 0)
    return TensorType(params.shape, source.dtype)


def _reference(params: BroadcastTo, x: Array) -> Array:
    return np.broadcast_to(x, shapes.static(params.shape))


def _lower(params: BroadcastTo, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(params.shape, lambda *i: x[broadcast_index(i, x.shape)], name="T_broadcast_to")


def _draw(d: Draw) -> Drawn:
    shape = d.any_shape()
    return Drawn(BroadcastTo(shape), (TensorType(d.narrowed(shape), d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="broadcast_to",
    inputs=(Input("data"),),
    params=BroadcastTo,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=derivatives(lambda _params, args, _result, g: [g.summed_to(args[0])]),
    relay=RelaySpelling(
        name="broadcast_to",
        attrs_type="relay.attrs.InitOpAttrs",
        # The struct is shared with zeros and ones; the type relation takes no notice of dtype.
        fields=(Field("shape", Kind.INTS), Field("dtype", Kind.DTYPE, "", param=None)),
    ),
    relax=(RelaxSpelling(name="relax.broadcast_to", operands=(Operand("data"), Operand("shape", Carrier.SHAPE))),),
    pattern=Pattern.BROADCAST,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
