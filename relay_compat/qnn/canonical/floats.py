"""qnn.quantize, dequantize, softmax and the functions of one element in plain operators (QNN of TVM 0.19)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.passes.building import as_tensor, expand_to_axis, scalar
from relay_compat.qnn.canonical import rescaling
from relay_compat.qnn.canonical.rescaling import cast, is_number, saturated
from tensor_core import codes
from tensor_core.diagnostics import fail

_BITS = 8
_PRECISION = 30


def quantized(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.quantize."""
    return _quantized(args[0], *_spread(attrs, args, types), attrs.out_dtype)


def _quantized(value: Expr, scale: Expr, zero_point: Expr, dtype: str) -> Expr:
    whole = call("round", call("divide", value, scale))
    return saturated(call("add", whole, cast(zero_point, "float32")), dtype)


def dequantized(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.dequantize."""
    result = _dequantized(args[0], *_spread(attrs, args, types))
    if attrs.out_dtype == "float32":
        return result
    most = float(np.finfo(attrs.out_dtype).max)
    return cast(call("clip", result, a_min=-most, a_max=most), attrs.out_dtype)


def _dequantized(value: Expr, scale: Expr, zero_point: Expr) -> Expr:
    shifted = call("subtract", cast(value, "int32"), zero_point)
    return call("multiply", cast(shifted, "float32"), scale)


def _spread(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> tuple[Expr, Expr]:
    rank = len(as_tensor(types[0]).shape)
    axis = attrs.axis if attrs.axis >= 0 else attrs.axis + rank
    scale, zero_point = (
        args[n] if is_number(args[n]) or not as_tensor(types[n]).shape else expand_to_axis(args[n], rank, axis)
        for n in (1, 2)
    )
    return scale, zero_point


def _hardswish(x: Expr) -> Expr:
    three, six = scalar(3, "float32"), scalar(6, "float32")
    bounded = call("clip", call("add", x, three), a_min=0.0, a_max=6.0)
    return call("divide", call("multiply", x, bounded), six)


def function_of_one(name: str) -> Callable[[Any, Sequence[Expr], Sequence[Any]], Expr]:
    """The rule of qnn.NAME: dequantized, computed in float32, quantized."""

    def rule(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
        del attrs
        x = _dequantized(*args[:3])
        y = _hardswish(x) if name == "hardswish" else call(name, x)
        return _quantized(y, args[3], args[4], as_tensor(types[0]).dtype)

    return rule


def softmax(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.softmax in integers, powers of two by shifts. DiagnosticError R2R0602 unless the scale is a constant <= 1."""
    scale = rescaling.numbers(args[1], "the input scale")
    if scale.ndim or scale.item() > 1:
        raise fail(codes.EXECUTION_FAILED, f"an input scale of {scale} of qnn.softmax", args[1].span)
    # C's round: the quotient is positive.
    unit = saturated(scalar(math.floor(float(np.float32(1) / scale.item()) + 0.5), "float32"), "int32")
    axis = (attrs.axis,)

    def shifted(value: Expr, bits: int) -> Expr:
        return call("right_shift", value, scalar(bits, "int32"))

    data = call("subtract", cast(args[0], "int32"), args[2])
    x = call("subtract", data, call("max", data, axis=axis, keepdims=True))
    power = call("subtract", call("add", x, shifted(x, 1)), shifted(x, 4))
    whole = call("clip", call("divide", power, call("negative", unit)), a_min=0.0, a_max=20.0)
    most = call("max", whole, axis=axis, keepdims=True)
    rest = call("subtract", power, call("multiply", whole, call("negative", unit)))
    powers = call("left_shift", call("add", shifted(rest, 1), unit), call("subtract", most, whole))
    total = call("sum", powers, axis=axis, keepdims=True)
    quotient = call("multiply", call("divide", scalar(1 << _PRECISION, "int32"), total), powers)
    result = shifted(quotient, _PRECISION - (_BITS - 1))
    source = (scalar(1 / (1 << (_BITS - 1)), "float32"), scalar(0, "int32"))
    return rescaling.requantize(result, source, (args[3], args[4]), as_tensor(types[0]).shape, "int8", 0)
