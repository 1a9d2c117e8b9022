"""What the quantized operators share: checks of scales and zero points, rescaling in integers, saturation.

An integer q stands for ``scale * (q - zero_point)``. The expansions are those of TVM 0.19's QNN canonicalisation for a
target without SSE 4.1, where rescaling multiplies by a 32-bit fixed-point number in 64-bit integers; like TVM's, they
need scales that the program states as constants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import limits
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

UPWARD, TONEAREST = "UPWARD", "TONEAREST"
UNSET = "None"
"""How Relay writes a rounding or a compute type that the configuration decides."""


class InFloats(NumpyFragment):
    """Evaluates expansions as TVM 0.19 compiles them for targets with SSE 4.1: rescaling in float32."""


def by_target(expand: Callable[..., Any]) -> Callable[..., Any]:
    """Of an expansion: where the result depends on how the target rescales."""

    def undefined(params: Any, *arrays: Any) -> Any:
        return expand(params, NumpyFragment(), *arrays) != expand(params, InFloats(), *arrays)

    return undefined


def scalar(type_: Type, argument: int, dtype: str) -> None:
    """Reject anything but a scalar of ``dtype``."""
    found = rules.tensor(type_, argument)
    if found.rank or found.dtype != dtype:
        raise Reject(f"expected a scalar of {dtype}, got {found}", argument)


def per_axis(type_: Type, argument: int, dtype: str, extent: Dim | None) -> None:
    """Reject anything but a scalar of ``dtype`` or a vector of ``extent`` of them (None: no vector is right)."""
    found = rules.tensor(type_, argument)
    if found.dtype != dtype:
        raise Reject(f"expected {dtype}, got {found.dtype}", argument)
    if found.rank and (found.rank > 1 or extent is None or not _fits(found.shape[0], extent)):
        wanted = "a scalar" if extent is None else f"a scalar or {shapes.to_text(extent)} numbers"
        raise Reject(f"expected {wanted}, got {found}", argument)


def _fits(length: Dim, extent: Dim) -> bool:
    # One number is good for any size: it says nothing of one that is open.
    is_one = length == 1 and not isinstance(extent, int)
    return length == extent or is_one or rules.unify(length, extent) is not None


def one_of(type_: Type, argument: int, allowed: Sequence[str]) -> TensorType:
    """The argument as a tensor whose element type is one of ``allowed``."""
    found = rules.tensor(type_, argument)
    if found.dtype not in allowed:
        raise Reject(f"expected an element type among {', '.join(allowed)}, got {found.dtype}", argument)
    return found


def channel_axis(axis: int, rank: int) -> int:
    """An axis attribute as an index, unchecked: 0 for a scalar."""
    return axis if axis >= 0 else axis + rank if rank else 0


def constant(f: Fragment[Any], value: Any, what: str) -> np.ndarray[Any, Any]:
    """The array behind a value that must be constant."""
    known = f.known(value)
    if known is None:
        raise Reject(f"{what} is computed, and rescaling in integers needs it as a constant")
    return known


def is_scalar(f: Fragment[Any], value: Any, number: float) -> bool:
    """Whether a value is the constant scalar ``number``."""
    known = f.known(value)
    return known is not None and not known.ndim and known.item() == number


def same_scalar(f: Fragment[Any], a: Any, b: Any) -> bool:
    """Whether two values are the same constant scalar."""
    known = f.known(b)
    return known is not None and not known.ndim and is_scalar(f, a, known.item())


def along(f: Fragment[Any], value: Any, rank: int, axis: int) -> Any:
    """A vector with dimensions of one element behind it, so that it broadcasts along ``axis``."""
    behind = rank - axis - 1
    return f.call("expand_dims", value, axis=tuple(range(1, 1 + behind))) if behind > 0 else value


def saturate(f: Fragment[Any], value: Any, dtype: str) -> Any:
    """Integers or floats clipped to the range of ``dtype`` and converted."""
    low, high = limits(dtype)
    return f.call("cast", f.call("clip", value, a_min=float(low), a_max=float(high)), dtype=dtype)


def fixed_point(multiplier: float) -> tuple[int, int]:
    """A 32-bit significand s and an exponent e such that ``s * 2**(e - 31)`` is nearest to ``multiplier``."""
    if multiplier == 0:
        return 0, 0
    fraction, exponent = math.frexp(multiplier)
    # Halves go away from zero, as C's round does.
    significand = math.floor(abs(fraction) * (1 << 31) + 0.5)
    if significand == 1 << 31:
        significand, exponent = significand // 2, exponent + 1
    return int(math.copysign(significand, multiplier)), exponent


def rescale(f: Fragment[Any], value: Any, multipliers: float | Sequence[float], axis: int, rounding: str) -> Any:
    """int32 ``value * multiplier`` rounded to int32, by one number or by one for each place of ``axis``."""
    numbers = multipliers if isinstance(multipliers, Sequence) else (multipliers,)
    parts = [fixed_point(number) for number in numbers]
    rank = f.tensor_type(value).rank

    def spread(items: Sequence[int]) -> Any:
        if not isinstance(multipliers, Sequence):
            return f.constant(items[0], "int64")
        return along(f, f.constant(np.asarray(items), "int64"), rank, axis)

    left = [max(exponent, 0) for _, exponent in parts]
    right = [31 + max(-exponent, 0) for _, exponent in parts]
    wide = f.call("cast", value, dtype="int64")
    if any(left):
        wide = f.call("left_shift", wide, spread(left))
    wide = f.call("multiply", wide, spread([significand for significand, _ in parts]))
    half = spread([1 << (shift - 1) for shift in right])
    if rounding == TONEAREST:
        below = spread([(1 << (shift - 1)) - 1 for shift in right])
        is_positive = f.call("greater_equal", wide, f.constant(0, "int64"))
        half = f.call("where", is_positive, half, below)
    shifted = f.call("right_shift", f.call("add", wide, half), spread(right))
    return f.call("cast", shifted, dtype="int32")


def requantize(
    f: Fragment[Any],
    value: Any,
    source: tuple[Any, Any],
    target: tuple[Any, Any],
    dtype: str,
    axis: int = -1,
    rounding: str = UNSET,
    compute: str = UNSET,
) -> Any:
    """Integers of the scale and zero point ``source`` as integers of ``dtype`` of those of ``target``, saturated."""
    rounding = UPWARD if rounding == UNSET else rounding
    compute = "float32" if compute == UNSET and isinstance(f, InFloats) else compute
    in_floats = compute not in (UNSET, "int64")
    work = compute if in_floats else "int32"
    rank = f.tensor_type(value).rank
    axis = channel_axis(axis, rank)
    value = f.call("cast", value, dtype=work)
    if not is_scalar(f, source[1], 0):
        shift = source[1]
        if f.tensor_type(shift).rank:
            shift = along(f, shift, rank, axis)
        value = f.call("subtract", value, f.call("cast", shift, dtype=work))
    multipliers = _multipliers(f, source[0], target[0])
    if multipliers != 1 or not same_scalar(f, source[0], target[0]):
        value = (
            _scaled(f, value, multipliers, axis, work) if in_floats else rescale(f, value, multipliers, axis, rounding)
        )
    if not is_scalar(f, target[1], 0):
        value = f.call("add", value, f.call("cast", target[1], dtype=work))
    if in_floats:
        value = f.call("cast", _rounded(f, value, work, rounding), dtype="int32")
    return value if dtype == "int32" else saturate(f, value, dtype)


def requantize_or_widen(
    f: Fragment[Any], value: Any, source: tuple[Any, Any], target: tuple[Any, Any], axis: int = -1
) -> Any:
    """int32 integers of the scale and zero point ``target``; only converted where those are the same constants."""
    if all(map(lambda a, b: same_scalar(f, a, b), source, target)):
        return f.call("cast", value, dtype="int32")
    return requantize(f, value, source, target, "int32", axis)


def _multipliers(f: Fragment[Any], source: Any, target: Any) -> float | list[float]:
    given, wanted = constant(f, source, "the input scale"), constant(f, target, "the output scale")
    if wanted.size != 1 or not wanted.item():
        raise Reject("the output scale must be one number other than zero")
    divisor = float(np.float32(wanted.item()))
    numbers = [float(np.float32(number)) / divisor for number in given.reshape(-1).tolist()]
    return numbers if given.ndim else numbers[0]


def _scaled(f: Fragment[Any], value: Any, multipliers: float | list[float], axis: int, dtype: str) -> Any:
    if isinstance(multipliers, float):
        return f.call("multiply", f.constant(multipliers, dtype), value)
    rank = f.tensor_type(value).rank
    return f.call("multiply", value, along(f, f.constant(np.asarray(multipliers), dtype), rank, axis))


def _rounded(f: Fragment[Any], value: Any, dtype: str, rounding: str) -> Any:
    """Whole numbers: halves upward, or away from zero."""
    if rounding == TONEAREST:
        return f.call("round", value)
    return f.call("floor", f.call("add", value, f.constant(0.5, dtype)))
