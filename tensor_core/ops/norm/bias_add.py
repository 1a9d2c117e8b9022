"""bias_add: add a vector along one axis. Relax has no such op; there it is a broadcast add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class BiasAdd:
    """``axis``: the axis of the data along which the bias runs; may count from the end."""

    axis: int = 1


def _infer(params: BiasAdd, data: Type, bias: Type) -> Type:
    source, vector = rules.tensor(data, 0), rules.tensor(bias, 1)
    channels = source.shape[rules.axis(params.axis, source.rank)]
    if vector.rank != 1 or shapes.prove_different(vector.shape[0], channels):
        raise Reject(f"expected shape {rules.show((channels,))}, got {rules.show(vector.shape)}", 1)
    if vector.dtype != source.dtype:
        raise Reject(f"operands have different element types: {source.dtype} and {vector.dtype}", 1)
    return source


def _assign(params: BiasAdd, data: Type | None, bias: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, bias
    return data, bias or TensorType((data.shape[rules.axis(params.axis, data.rank)],), data.dtype)


def _reference(params: BiasAdd, x: Array, bias: Array) -> Array:
    axis = rules.axis(params.axis, x.ndim)
    return x + np.expand_dims(bias, tuple(range(1, x.ndim - axis)))


def _lower(params: BiasAdd, b: LoopBuilder, x: Tensor, bias: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)
    return b.compute(x.shape, lambda *i: x[i] + bias[i[axis]], name="T_bias_add")


def _expand(params: BiasAdd, f: Fragment[Any], data: Any, bias: Any) -> Any:
    source = f.tensor_type(data)
    axis = rules.axis(params.axis, source.rank)
    if axis == source.rank - 1:
        return f.call("add", data, bias)
    shape = tuple(dim if n == axis else 1 for n, dim in enumerate(source.shape))
    return f.call("add", data, f.call("reshape", bias, shape=shape))


def _gradient(params: BiasAdd, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    data, _bias = args
    own = rules.axis(params.axis, len(data.shape))
    others = tuple(axis for axis in range(len(data.shape)) if axis != own)
    return [g.summed_to(data), g.call("sum", axis=others)]


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*NUMBERS)
    axis = d.axis(len(shape))
    return Drawn(BiasAdd(axis), (TensorType(shape, dtype), TensorType((shape[axis],), dtype)))


CARD = OpCard(
    name="nn.bias_add",
    inputs=(Input("data"), Input("bias")),
    params=BiasAdd,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="nn.bias_add", attrs_type="relay.attrs.BiasAddAttrs", fields=(Field("axis", Kind.INT, 1),)
    ),
    pattern=Pattern.BROADCAST,
    error=Rounding(ulps=1),
    draw=_draw,
)
