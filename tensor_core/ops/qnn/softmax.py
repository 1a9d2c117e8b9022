"""qnn.softmax: the integer-only approximation of TVM 0.19 (powers of two by shifts, after arXiv 2207.01405)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.norm.softmax import Softmax
from tensor_core.ops.qnn.functions import SCALES, infer
from tensor_core.types import TensorType, Type

_BITS = 8
_PRECISION = 30


def _infer(params: Softmax, *types: Type) -> Type:
    quantization.one_of(types[0], 0, ("int8",))
    return infer(params, *types)


def _expand(params: Softmax, f: Fragment[Any], data: Any, *scales: Any) -> Any:
    scale = quantization.constant(f, scales[0], "the input scale").item()
    if scale > 1:
        raise Reject(f"the input scale must be at most 1, not {scale}")
    # C's round: the quotient is positive.
    unit = math.floor(float(np.float32(1) / np.float32(scale)) + 0.5)
    axis = (rules.axis(params.axis, f.tensor_type(data).rank),)

    def number(value: int) -> Any:
        return f.constant(value, "int32")

    def shift_right(value: Any, bits: int) -> Any:
        return f.call("right_shift", value, number(bits))

    shifted = f.call("subtract", f.call("cast", data, dtype="int32"), scales[1])
    x = f.call("subtract", shifted, f.call("max", shifted, axis=axis, keepdims=True))
    # x * log2(e) by shifts, in units of the scale.
    power = f.call("subtract", f.call("add", x, shift_right(x, 1)), shift_right(x, 4))
    whole = f.call("clip", f.call("divide", power, number(-unit)), a_min=0.0, a_max=20.0)
    most = f.call("max", whole, axis=axis, keepdims=True)
    rest = f.call("subtract", power, f.call("multiply", whole, number(-unit)))
    mantissa = f.call("add", shift_right(rest, 1), number(unit))
    powers = f.call("left_shift", mantissa, f.call("subtract", most, whole))
    total = f.call("sum", powers, axis=axis, keepdims=True)
    quotient = f.call("multiply", f.call("divide", number(1 << _PRECISION), total), powers)
    result = shift_right(quotient, _PRECISION - (_BITS - 1))
    source = (f.constant(1 / (1 << (_BITS - 1)), "float32"), number(0))
    return quantization.requantize(f, result, source, (scales[2], scales[3]), "int8", 0)


def _draw(d: Draw) -> Drawn:
    data = TensorType(d.shape(1), "int8")
    return quantization_draw.call(
        Softmax(d.axis(data.rank)), (data,), (*quantization_draw.pair(d), *quantization_draw.pair(d))
    )


CARD = OpCard(
    name="qnn.softmax",
    inputs=(Input("data"), *map(Input, SCALES)),
    params=Softmax,
    infer=_infer,
    expand=_expand,
    draw=_draw,
    undefined=quantization.by_target(_expand),
    relay=RelaySpelling(
        name="qnn.softmax",
        attrs_type="relay.attrs.SoftmaxAttrs",
        fields=(Field("axis", Kind.INT, -1),),
        python="qnn.op.softmax",
    ),
)
