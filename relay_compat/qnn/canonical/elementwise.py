"""qnn.add, subtract, mul, requantize, concatenate, leaky_relu and avg_pool2d in plain operators (QNN of TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Constant, Expr, Tuple, TupleGetItem
from relay_compat.ir.types import TupleType
from relay_compat.op.call import call
from relay_compat.passes.building import as_tensor, is_equal_scalar, scalar
from relay_compat.qnn.canonical import rescaling
from relay_compat.qnn.canonical.rescaling import Pair, cast, equals, is_number, numbers
from tensor_core import codes
from tensor_core.diagnostics import fail

Exprs = Sequence[Expr]
Types = Sequence[Any]
"""The types of the arguments, then that of the result."""


def requantized(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.requantize."""
    return rescaling.requantize(
        args[0],
        (args[1], args[2]),
        (args[3], args[4]),
        as_tensor(types[0]).shape,
        attrs.out_dtype,
        attrs.axis,
        attrs.rounding,
        attrs.compute_dtype,
    )


def added(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.add."""
    return _summed("add", "subtract", attrs, args, types)


def subtracted(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.subtract."""
    return _summed("subtract", "add", attrs, args, types)


def _summed(operation: str, correction: str, attrs: Any, args: Exprs, types: Types) -> Expr:
    target, left = (args[6], args[7]), as_tensor(types[0])
    sides = (
        rescaling.requantize_or_widen(args[n], (args[2 * n + 2], args[2 * n + 3]), target, left.shape, axis)
        for n, axis in enumerate((attrs.lhs_axis, attrs.rhs_axis))
    )
    result = call(operation, *sides)
    if not equals(target[1], 0, "int32"):
        result = call(correction, result, target[1])
    return rescaling.saturated(result, left.dtype)


def multiplied(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.mul: of numbers of one scale, or of one for each place of an axis that both operands have. R2R0602 for scales
    along two axes.
    """
    left, target, axis = as_tensor(types[0]), (args[6], args[7]), attrs.lhs_axis
    plain = is_number(args[2]) and is_number(args[4])
    if not plain and axis != attrs.rhs_axis:
        raise fail(
            codes.EXECUTION_FAILED,
            "operands with a scale for each channel along different axes",
            hint="TVM 0.19 multiplies them along one axis only",
        )
    wide = [cast(value, "int32") for value in args[:2]]
    for n, (zero, along) in enumerate(((args[3], attrs.lhs_axis), (args[5], attrs.rhs_axis))):
        if not equals(zero, 0, "int32"):
            shift = zero if plain else cast(rescaling.along_axis(zero, len(left.shape), along), "int32")
            wide[n] = call("subtract", wide[n], shift)
    product = call("multiply", *wide)
    first, second = (numbers(args[n], "a scale") for n in (2, 4))
    if plain:
        scale: Expr = scalar(np.float32(first.item()) * np.float32(second.item()), "float32")
    else:
        scales = first.reshape(-1).astype(np.float64) * second.reshape(-1).astype(np.float64)
        scale = Constant(scales.astype(np.float32))
    source: Pair = (scale, scalar(0, "int32"))
    return rescaling.requantize(product, source, target, left.shape, left.dtype, -1 if plain else axis)


def joined(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.concatenate. R2R0602 where scales or zero points are computed as one tuple."""
    kinds, data = types[0], args[0]
    assert isinstance(kinds, TupleType)
    parts = data.fields if isinstance(data, Tuple) else tuple(TupleGetItem(data, n) for n in range(len(kinds.fields)))
    scales, zeros, target = args[1], args[2], (args[3], args[4])
    if not isinstance(scales, Tuple) or not isinstance(zeros, Tuple):
        raise fail(codes.EXECUTION_FAILED, "scales or zero points that are computed as one tuple", args[1].span)
    result: list[Expr] = []
    for part, kind, scale, zero in zip(parts, kinds.fields, scales.fields, zeros.fields, strict=True):
        if is_equal_scalar(scale, target[0]) and is_equal_scalar(zero, target[1]):
            result.append(part)
        else:
            own = as_tensor(kind)
            result.append(rescaling.requantize(part, (scale, zero), target, own.shape, own.dtype))
    return call("concatenate", Tuple(tuple(result)), axis=attrs.axis)


def leaky_relu(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.leaky_relu: what lies below the zero point is multiplied by alpha, in integers."""
    own = as_tensor(types[0])
    data, zero, target_zero = (cast(args[n], "int32") for n in (0, 2, 4))
    moved = rescaling.requantize_or_widen(data, (args[1], zero), (args[3], target_zero), own.shape)
    slope = rescaling.multiplied(moved, attrs.alpha)
    offset = rescaling.multiplied(target_zero, 1 - attrs.alpha)
    below = call("less", data, zero)
    return rescaling.saturated(call("where", below, call("add", slope, offset), moved), own.dtype)


def averaged(attrs: Any, args: Exprs, types: Types) -> Expr:
    """qnn.avg_pool2d: rescaled first, averaged in int32."""
    own = as_tensor(types[0])
    moved = rescaling.requantize_or_widen(args[0], (args[1], args[2]), (args[3], args[4]), own.shape)
    return rescaling.saturated(call("nn.avg_pool2d", moved, **attrs), own.dtype)
