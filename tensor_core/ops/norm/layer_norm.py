"""layer_norm: zero mean and unit variance over the given axes, then scale and shift.

Relay normalises one axis (LayerNormAttrs in TVM 0.19), Relax a list. Relay has no kernel for it: SimplifyInference
expands it, which is the expansion below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    Operand,
    OpCard,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.types import TensorType, Type

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """``axes`` are normalised together; ``gamma`` scales if ``scale``, ``beta`` shifts if ``center``."""

    axes: tuple[int, ...]
    epsilon: float
    center: bool
    scale: bool


def _infer(params: LayerNorm, data: Type, gamma: Type, beta: Type) -> Type:
    source = rules.tensor(data, 0)
    expected = tuple(source.shape[rules.axis(a, source.rank)] for a in params.axes)
    for argument, type_ in ((1, gamma), (2, beta)):
        shape = rules.tensor(type_, argument).shape
        if len(shape) != len(expected) or any(map(shapes.prove_different, shape, expected)):
            raise Reject(
                f"expected shape {rules.show(expected)}, the normalised axes; got {rules.show(shape)}", argument
            )
    return source


def _assign(params: LayerNorm, data: Type | None, gamma: Type | None, beta: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, gamma, beta
    forced = TensorType(tuple(data.shape[rules.axis(a, data.rank)] for a in params.axes), data.dtype)
    return data, gamma or forced, beta or forced


def _expand(params: LayerNorm, f: Fragment[Any], data: Any, gamma: Any, beta: Any) -> Any:
    source = f.tensor_type(data)
    axes = tuple(rules.axis(a, source.rank) for a in params.axes)
    mean = f.call("mean", data, axis=axes, keepdims=True)
    centred = f.call("subtract", data, mean)
    variance = f.call("mean", f.call("multiply", centred, centred), axis=axes, keepdims=True)
    epsilon = f.constant(params.epsilon, source.dtype)
    result = f.call("divide", centred, f.call("sqrt", f.call("add", variance, epsilon)))
    aligned = tuple(dim if n in axes else 1 for n, dim in enumerate(source.shape))
    if params.scale:
        result = f.call("multiply", result, f.call("reshape", gamma, shape=aligned))
    if params.center:
        result = f.call("add", result, f.call("reshape", beta, shape=aligned))
    return result


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axes": (attrs["axis"],), **{key: attrs[key] for key in ("epsilon", "center", "scale")}}


def _write_relay(params: LayerNorm, types: Sequence[Type]) -> Mapping[str, Value]:
    (axis,) = params.axes
    return {"axis": axis, "epsilon": params.epsilon, "center": params.center, "scale": params.scale}


def _factor(params: LayerNorm, data: TensorType, *_: Type) -> float:
    count = shapes.product([data.shape[a] for a in params.axes])
    return float(count) if isinstance(count, int) else 1e4


def _magnitude(params: LayerNorm, x: Array, gamma: Array, beta: Array) -> Array:
    # Centring and shifting both cancel: the size that rounding is relative to is that of their terms.
    axes = tuple(rules.axis(a, x.ndim) for a in params.axes)
    aligned = tuple(n if d in axes else 1 for d, n in enumerate(x.shape))
    span = np.abs(x) + np.mean(np.abs(x), axis=axes, keepdims=True)
    result = span / np.sqrt(np.var(x, axis=axes, keepdims=True) + params.epsilon)
    if params.scale:
        result = result * np.abs(gamma).reshape(aligned)
    return result + np.abs(beta).reshape(aligned) if params.center else result


CARD = OpCard(
    name="nn.layer_norm",
    inputs=(Input("data"), Input("gamma"), Input("beta")),
    params=LayerNorm,
    infer=_infer,
    assign=_assign,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.layer_norm",
        attrs_type="relay.attrs.LayerNormAttrs",
        fields=(
            Field("axis", Kind.INT, -1),
            Field("epsilon", Kind.FLOAT, 1e-5),
            Field("center", Kind.BOOL, True),
            Field("scale", Kind.BOOL, True),
        ),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.layer_norm",
            attrs_type="relax.attrs.LayerNormAttrs",
            operands=(Operand("data"), Operand("gamma"), Operand("beta")),
            fields=(
                Field("axes", Kind.INTS),
                Field("epsilon", Kind.FLOAT, 1e-5),
                Field("center", Kind.BOOL, True),
                Field("scale", Kind.BOOL, True),
            ),
        ),
    ),
    error=Rounding(ulps=16, factor=_factor, magnitude=_magnitude),
)
