"""prelu: x where positive, alpha * x elsewhere, with one alpha for each position of an axis, or one for all.

Relay's type rule (PReluRel in TVM 0.19) takes neither a single alpha nor an axis counted from the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class PRelu:
    """``axis``: the axis of the data along which alpha runs, unless it is of one element."""

    axis: int = 1


def _infer(params: PRelu, data: Type, alpha: Type) -> Type:
    source = rules.tensor(data, 0)
    slopes = rules.elements_of(alpha, source.dtype, 1)
    channels = source.shape[rules.axis(params.axis, source.rank)]
    if slopes.rank != 1 or (slopes.shape[0] != 1 and shapes.prove_different(slopes.shape[0], channels)):
        raise Reject(f"expected shape {rules.show((channels,))}, got {rules.show(slopes.shape)}", 1)
    return source


def _assign(params: PRelu, data: Type | None, alpha: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, alpha
    return data, alpha or TensorType((data.shape[rules.axis(params.axis, data.rank)],), data.dtype)


def _reference(params: PRelu, x: Array, alpha: Array) -> Array:
    trailing = tuple(range(1, x.ndim - rules.axis(params.axis, x.ndim)))
    return np.where(x > 0, x, x * np.expand_dims(alpha, trailing))


def _lower(params: PRelu, b: LoopBuilder, x: Tensor, alpha: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)

    def value(*i: PrimExpr) -> PrimExpr:
        return prim.select(x[i] > 0, x[i], x[i] * alpha[0 if alpha.shape[0] == 1 else i[axis]])

    return b.compute(x.shape, value, name="T_prelu")


def _expand(params: PRelu, f: Fragment[Any], data: Any, alpha: Any) -> Any:
    source = f.tensor_type(data)
    axis = rules.axis(params.axis, source.rank)
    if axis != source.rank - 1:
        alpha = f.call("reshape", alpha, shape=(f.tensor_type(alpha).shape[0], *[1] * (source.rank - 1 - axis)))
    positive = f.call("greater", data, f.constant(0, source.dtype))
    return f.call("where", positive, data, f.call("multiply", data, alpha))


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    axis: int = attrs["axis"]
    if axis < 0:
        raise Reject(f"axis {axis} must not be negative")
    if len(types) > 1 and None not in types:
        _check_each(PRelu(axis), types)
    return {"axis": axis}


def _write_relay(params: PRelu, types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": rules.axis(params.axis, rules.tensor(types[0], 0).rank)}


def _check_each(params: PRelu, types: Sequence[Type]) -> None:
    source, slopes = (rules.tensor(type_, n) for n, type_ in enumerate(types))
    channels = source.shape[rules.axis(params.axis, source.rank)]
    if slopes.rank == 1 and shapes.prove_different(slopes.shape[0], channels):
        raise Reject(f"expected shape {rules.show((channels,))}, got {rules.show(slopes.shape)}", 1)


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.any_shape(1), d.one_of(*draw.NUMBERS)
    axis = d.axis(len(shape))
    return Drawn(PRelu(axis), (TensorType(shape, dtype), TensorType((shape[axis],), dtype)))


CARD = OpCard(
    name="nn.prelu",
    inputs=(Input("data"), Input("alpha")),
    params=PRelu,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.prelu",
        attrs_type="relay.attrs.PReluAttrs",
        fields=(Field("axis", Kind.INT, 1),),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.prelu",
            operands=(Operand("data"), Operand("alpha")),
            attrs_type="relax.attrs.PReluAttrs",
            fields=(Field("axis", Kind.INT, 1),),
            since="0.21",
            fits=rules.fits_floats,
        ),
    ),
    pattern=Pattern.BROADCAST,
    error=Rounding(ulps=1),
    draw=_draw,
)
