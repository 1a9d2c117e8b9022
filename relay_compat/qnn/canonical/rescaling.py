"""qnn.requantize in plain operators, and the rescaling that other quantized operators share (QNN of TVM 0.19).

In integers the quotient of the scales is a 32-bit fixed-point number (``fixed_point_multiply``); in floats it is a
plain product. Which of them computes, and how halves round, is the call's, else the configuration's in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.passes.building import expand_to_axis, is_equal_scalar, scalar
from relay_compat.qnn.canonical.rounding import rounded
from relay_compat.qnn.op.config import UNSET, current_requantize_config
from relay_compat.target_features import has_sse
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.loops.builder import limits
from tensor_core.ops.quantization import TONEAREST, UPWARD, fixed_point

Pair = tuple[Expr, Expr]
"""A scale and a zero point."""


def is_number(value: Expr) -> bool:
    """Whether a value is a constant scalar."""
    return isinstance(value, Constant) and not value.data.ndim


def equals(value: Expr, number: float, dtype: str) -> bool:
    """Whether a value is this constant scalar of this element type."""
    return is_equal_scalar(value, scalar(number, dtype))


def numbers(value: Expr, what: str) -> np.ndarray:
    """The array behind a constant. DiagnosticError R2R0602 for a computed value."""
    if not isinstance(value, Constant):
        raise fail(
            codes.EXECUTION_FAILED,
            f"{what} is computed",
            value.span,
            hint="rescaling needs it as a constant: bind it, or fold constants first",
        )
    return value.data


def cast(value: Expr, dtype: str) -> Expr:
    """A conversion, written even where the type stays."""
    return call("cast", value, dtype=dtype)


def saturated(value: Expr, dtype: str) -> Expr:
    """Clipped to the range of ``dtype``, then converted."""
    low, high = limits(dtype)
    return cast(call("clip", value, a_min=float(low), a_max=float(high)), dtype)


def along_axis(vector: Expr, rank: int, axis: int) -> Expr:
    """A number or a vector, as int32 that broadcasts along an axis; a negative one counts from the end."""
    place = axis if axis >= 0 else axis + rank if rank else 0
    return expand_to_axis(call("reshape", vector, newshape=(-1,)), rank, place)


def requantize_or_widen(value: Expr, source: Pair, target: Pair, shape: Sequence[Any], axis: int = -1) -> Expr:
    """int32 numbers of the scale and zero point ``target``; those that have them are only converted."""
    if all(map(is_equal_scalar, source, target)):
        return cast(value, "int32")
    return requantize(value, source, target, shape, "int32", axis)


def requantize(
    value: Expr,
    source: Pair,
    target: Pair,
    shape: Sequence[Any],
    dtype: str,
    axis: int = -1,
    rounding: str = UNSET,
    compute: str = UNSET,
) -> Expr:
    """Integers of one scale and zero point as integers of ``dtype`` of another.

    ``shape`` is the value's; source scales and zero points are scalars, or vectors along ``axis``. Raises
    DiagnosticError R2R0602 for computed scales, and for a rounding or a compute type that TVM 0.19 does not know.
    """
    config = current_requantize_config()
    rounding = config.rounding if rounding == UNSET else rounding
    compute = config.compute_dtype if compute == UNSET else compute
    if rounding not in (UPWARD, TONEAREST) or compute not in ("int64", "float32", "float64"):
        raise fail(
            codes.EXECUTION_FAILED,
            f"rounding {rounding} in {compute}",
            hint="UPWARD or TONEAREST in int64, float32 or float64",
        )
    in_floats = compute != "int64"
    work = compute if in_floats else "int32"
    result = cast(value, work)
    if not equals(source[1], 0, "int32"):
        result = call("subtract", result, cast(along_axis(source[1], len(shape), axis), work))
    if in_floats:
        result = _scaled(result, source[0], target[0], len(shape), axis, work)
    else:
        result = _rescaled(result, source[0], target[0], shape, axis, rounding)
    if not equals(target[1], 0, "int32"):
        zero = cast(target[1], work)
        result = call("add", result, zero) if in_floats else call("add", zero, result)
    if in_floats:
        result = cast(rounded(result, rounding, work, has_sse("sse4.1")), "int32")
    return result if dtype == "int32" else saturated(result, dtype)


def _quotients(source: Expr, target: Expr) -> list[float]:
    divisor = float(numbers(target, "the output scale").reshape(-1)[0])
    return [float(number) / divisor for number in numbers(source, "the input scale").reshape(-1)]


def _scaled(value: Expr, source: Expr, target: Expr, rank: int, axis: int, dtype: str) -> Expr:
    quotients = _quotients(source, target)
    if not is_number(source):
        spread = expand_to_axis(_vector(quotients, dtype), rank, rank - 1 if axis == -1 else axis)
        return call("multiply", value, spread)
    return value if is_equal_scalar(source, target) else call("multiply", scalar(quotients[0], dtype), value)


def _rescaled(value: Expr, source: Expr, target: Expr, shape: Sequence[Any], axis: int, rounding: str) -> Expr:
    quotients = _quotients(source, target)
    place = len(shape) - 1 if axis == -1 else axis
    if is_number(source):
        if is_equal_scalar(source, target):
            return value
        if rounding == UPWARD:
            return multiplied(value, quotients[0])
        return to_nearest(value, quotients[0], shape)
    parts = [fixed_point(number) for number in quotients]
    left, right = [max(n, 0) for _, n in parts], [max(-n, 0) for _, n in parts]
    if rounding == TONEAREST:
        return _each_to_nearest(value, [s for s, _ in parts], left, right, shape, place)
    return call(
        "fixed_point_multiply_per_axis",
        value,
        *(_vector(items, "int32") for items in ([s for s, _ in parts], left, right)),
        is_lshift_required=any(left),
        is_rshift_required=any(right),
        axes=(place,),
    )


def multiplied(value: Expr, factor: float) -> Expr:
    """int32 numbers times a factor, halves upward."""
    multiplier, shift = fixed_point(factor)
    return call("fixed_point_multiply", value, multiplier=multiplier, shift=shift)


def _vector(items: Sequence[float], dtype: str) -> Expr:
    return Constant(np.asarray(items, dtypes.to_numpy(dtype)))


def to_nearest(value: Expr, factor: float, shape: Sequence[Any]) -> Expr:
    """int32 numbers of a shape times a factor, halves away from zero."""
    multiplier, shift = fixed_point(factor)
    wide = cast(value, "int64")
    if shift > 0:
        wide = call("left_shift", wide, scalar(shift, "int64"))
    wide = call("multiply", wide, scalar(multiplier, "int64"))
    total = 31 + max(-shift, 0)
    half = 1 << (total - 1)
    above, below = (
        call("full", scalar(number, "int64"), shape=tuple(shape), dtype="int64") for number in (half, half - 1)
    )
    zeros = call("zeros", shape=tuple(shape), dtype="int64")
    half_there = call("where", call("greater_equal", wide, zeros), above, below)
    return cast(call("right_shift", call("add", wide, half_there), scalar(total, "int64")), "int32")


def _each_to_nearest(
    value: Expr, multipliers: Sequence[int], left: Sequence[int], right: Sequence[int], shape: Sequence[Any], axis: int
) -> Expr:
    def spread(items: Sequence[int]) -> Expr:
        return expand_to_axis(_vector(items, "int64"), len(shape), axis)

    wide = cast(value, "int64")
    if any(left):
        wide = call("left_shift", wide, spread(left))
    wide = call("multiply", wide, spread(multipliers))
    totals = [31 + shift for shift in right]
    above, below = (
        call("broadcast_to", spread([(1 << (total - 1)) - less for total in totals]), shape=tuple(shape))
        for less in (0, 1)
    )
    zeros = call("zeros", shape=tuple(shape), dtype="int64")
    half = call("where", call("greater_equal", wide, zeros), above, below)
    return cast(call("right_shift", call("add", wide, half), spread(totals)), "int32")
