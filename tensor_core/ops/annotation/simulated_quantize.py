"""relay.op.annotation.simulated_quantize: floats rounded as quantization would round them.

It shares the type key of its attributes with qnn.simulated_quantize, whose fields TVM 0.19 expects under that key in
JSON: it cannot read back a module that holds this operator. Here both are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import margins, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.reference import NumpyFragment
from tensor_core.types import TensorType, Type

_SCALAR = TensorType((), "float32")
_IDENTITY = 0


@dataclass(frozen=True, slots=True)
class SimulatedQuantize:
    """``kind``: 0 leaves the data alone; 1, 2, 3 are inputs, weights, activations, which are treated alike."""

    kind: int
    sign: bool
    rounding: str


def _infer(_params: SimulatedQuantize, data: Type, *rest: Type) -> Type:
    source = rules.tensor(data, 0)
    if not source.rank:
        raise Reject("a scalar cannot be quantized", 0)
    for argument, item in enumerate(rest, 1):
        if item != _SCALAR:
            raise Reject(f"expected {_SCALAR}, got {item}", argument)
    return source


def _assign(_params: SimulatedQuantize, data: Type | None, *rest: Type | None) -> Sequence[Type | None]:
    return data, *(item or _SCALAR for item in rest)


def _expand(params: SimulatedQuantize, f: Fragment[Any], data: Any, scale: Any, low: Any, high: Any) -> Any:
    if params.kind == _IDENTITY:
        return data
    if not params.sign or params.rounding != "round":
        raise Reject("only signed quantization that rounds can be simulated")
    scaled = f.call("divide", data, scale)
    clipped = f.call("maximum", f.call("minimum", scaled, high), low)
    return f.call("multiply", f.call("round", clipped), scale)


def _reference(params: SimulatedQuantize, data: Array, scale: Array, low: Array, high: Array) -> Array:
    try:
        return _expand(params, NumpyFragment(), data, scale, low, high)
    except Reject as reject:
        raise ValueError(reject.message) from None


def _size(_params: SimulatedQuantize, data: Array, scale: Array, _low: Array, _high: Array) -> Array:
    return np.abs(data) + np.abs(scale)


def _draw(d: Draw) -> Drawn:
    """Any kind of quantization that rounds; data that is left alone may be anything."""
    kind = d.integer(0, 3)
    signed, rounding = (True, "round") if kind else (not d.flag(), d.one_of("round", "floor"))
    source = TensorType(d.shape(1), "float32")
    return Drawn(SimulatedQuantize(kind, signed, rounding), (source, _SCALAR, _SCALAR, _SCALAR))


def _margin(params: SimulatedQuantize, data: Array, scale: Array, low: Array, high: Array) -> Array:
    """How far a quotient is from a half, next to which it may be rounded either way."""
    if params.kind == _IDENTITY:
        return np.asarray(np.inf)
    return margins.half(np.maximum(np.minimum(data / scale, high), low))


CARD = OpCard(
    name="relay.op.annotation.simulated_quantize",
    inputs=(
        Input("data"),
        Input("dom_scale", Domain(0.1, 2.0)),
        Input("clip_min", Domain(-127.0, -127.0)),
        Input("clip_max", Domain(127.0, 127.0)),
    ),
    params=SimulatedQuantize,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    expand=_expand,
    relay=RelaySpelling(
        name="relay.op.annotation.simulated_quantize",
        attrs_type="relay.attrs.SimulatedQuantizeAttrs",
        fields=(
            Field("kind", Kind.INT),
            Field("sign", Kind.BOOL, True),
            Field("rounding", Kind.STR, "round"),
        ),
    ),
    pattern=Pattern.ELEMENTWISE,
    error=Rounding(ulps=4, magnitude=_size),
    draw=_draw,
    margin=_margin,
)
