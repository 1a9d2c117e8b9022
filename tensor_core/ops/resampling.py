"""Where resized images take their elements from: coordinates, neighbours and weights along one dimension.

Coordinates are computed in float32, as topi does in TVM 0.19, whatever the image holds. ``nearest_neighbor`` rounds
them by ``rounding_method`` (empty: "round" when corners are aligned, else "floor"), with 1e-5 to spare for "floor" and
"ceil".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.ops.card import Reject
from tensor_core.ops.elementwise.whole import Round
from tensor_core.ops.elementwise.whole import nearest as nearest_whole
from tensor_core.ops.elementwise.whole import reference as whole_numbers
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType

MODES = (
    "half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "tf_half_pixel_for_nn", "tf_crop_and_resize",
)  # fmt: skip
METHODS = ("nearest_neighbor", "linear", "cubic")
ROUNDINGS = ("round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
_SPARE = 1e-5


@dataclass(frozen=True, slots=True)
class Line:
    """One dimension: ``size`` elements become ``target``, both numbers but in tensor programs, where they may be
    symbolic. ``start`` and ``end`` are the region for cropping.

    ``whole``: the target is a multiple of the size and coordinates are divided as integers.
    """

    size: Any
    target: Any
    mode: str
    start: float = 0.0
    end: float = 0.0
    whole: bool = False


def check(method: str, mode: str, rounding: str) -> str:
    """The rounding method in force; Reject for what TVM has no kernel for."""
    for value, known, what in ((method, METHODS, "method"), (mode, MODES, "coordinate_transformation_mode")):
        if value not in known:
            raise Reject(f"{what} {value!r} is unknown")
    rounding = rounding or ("round" if mode == "align_corners" else "floor")
    if method == "nearest_neighbor" and rounding not in ROUNDINGS:
        raise Reject(f"rounding_method {rounding!r} is unknown")
    return rounding


def divides(size: int, target: int) -> bool:
    """Whether topi divides nearest asymmetric coordinates as integers, of images that grow a whole number of times."""
    return target % size == 0 and target / size <= 1 / (_SPARE * size + _SPARE)


def places(line: Line) -> Array:
    """The coordinate of each resulting element, in float32."""
    x = np.arange(int(line.target))
    if line.whole:
        return (x // (line.target // line.size)).astype(np.float32)
    one, half = np.float32(1), np.float32(0.5)
    at, size, target = x.astype(np.float32), np.float32(line.size), np.float32(line.target)
    scale = size / target
    match line.mode:
        case "half_pixel":
            return (at + half) * scale - half
        case "pytorch_half_pixel":
            return (at + half) * scale - half if line.target > 1 else np.zeros_like(at)
        case "align_corners":
            return (size - one) / (target - one) * at
        case "asymmetric":
            return scale * at
        case "tf_half_pixel_for_nn":
            return (at + half) * scale
        case _:
            start, end = np.float32(line.start), np.float32(line.end)
            if line.target > 1:
                return start * (size - one) + at * (end - start) * (size - one) / (target - one)
            return np.full_like(at, half * (start + end) * (size - one))


def nearest(where: Array, rounding: str, whole: bool = False) -> Array:
    """Coordinates as whole numbers, not yet clipped to the image."""
    if whole:
        return where.astype(np.int64)
    spare, half = np.float32(_SPARE), np.float32(0.5)
    match rounding:
        case "round":
            result = whole_numbers(Round(), where)
        case "round_half_even":
            result = np.rint(where)
        case "round_prefer_floor":
            result = np.ceil(where - half)
        case "round_prefer_ceil":
            result = np.floor(where + half)
        case "floor":
            result = np.floor(where + spare)
        case _:
            result = np.ceil(where - spare)
    return np.nan_to_num(result).astype(np.int64)


def coarser(params: Any, data: TensorType, *_others: Any) -> float:
    """How many roundings of the result one of a call's is that computes in float32 whatever its data holds."""
    result = getattr(params, "out_dtype", "") or data.dtype
    return max(dtypes.unit_roundoff("float32") / dtypes.unit_roundoff(result), 1.0) if dtypes.is_float(result) else 1.0


def undecided(near: Array, exact: Array, out: np.dtype[Any], roundings: float, size: float) -> Array:
    """Where a result of integers is open, of the real result in float32 and in float64.

    Integers lose their fractions: rounding decides about those that lie nearer to a whole number than so many roundings
    of ``size`` in float32, unless every step is exact. Those out of range are anything.
    """
    limits = np.iinfo(out)
    beyond = ~((exact > limits.min - 1) & (exact < limits.max + 1))
    close = np.abs(exact - np.rint(exact)) <= roundings * dtypes.unit_roundoff("float32") * size
    return beyond | (near != exact) & close


def cubic_weights(t: Any, alpha: float) -> list[Any]:
    """The weights of four neighbours for a fraction ``t``: an array, or an expression."""
    t2, t3 = t * t, t * t * t
    return [
        (t3 - t2 * 2.0 + t) * alpha,
        t3 * (alpha + 2.0) - t2 * (3.0 + alpha) + 1.0,
        t3 * -(alpha + 2.0) + t2 * (3.0 + 2.0 * alpha) - t * alpha,
        t3 * -alpha + t2 * alpha,
    ]


def neighbours(where: Array, method: str, alpha: float, dtype: Any) -> tuple[list[Array], list[Array]]:
    """The neighbours of each coordinate, not yet clipped, and their weights."""
    low = np.floor(where)
    rest = (where - low).astype(dtype)
    first = np.nan_to_num(low).astype(np.int64)
    if method == "linear":
        return [first, first + 1], [1 - rest, rest]
    return [first + n - 1 for n in range(4)], [np.asarray(w, dtype) for w in cubic_weights(rest, alpha)]


def outside(index: Sequence[Array], size: int) -> list[Array]:
    """Which of four neighbours topi leaves out as lying outside (one too far is still let in)."""
    return [(item < 0) | (item + 1 > size) for item in index]


def place_of(i: PrimExpr, line: Line) -> PrimExpr:
    """:func:`places` for one element of a tensor program."""
    if line.whole:
        return (i // (line.target // line.size)).astype("float32")
    at, scale = i.astype("float32"), _quotient(line.size, line.target)
    match line.mode:
        case "half_pixel":
            return (at + 0.5) * scale - 0.5
        case "pytorch_half_pixel":
            return _of_several(line, (at + 0.5) * scale - 0.5, at * 0.0)
        case "align_corners":
            return at * _quotient(shapes.subtract(line.size, 1), shapes.subtract(line.target, 1))
        case "asymmetric":
            return at * scale
        case "tf_half_pixel_for_nn":
            return (at + 0.5) * scale
        case _:
            return _cropped(at, line)


def _cropped(at: PrimExpr, line: Line) -> PrimExpr:
    start, end = np.float32(line.start), np.float32(line.end)
    last = _float32(shapes.subtract(line.size, 1))
    middle = at * 0.0 + _number(np.float32(0.5) * (start + end), last)
    if line.target == 1:
        return middle
    steps = shapes.subtract(line.target, 1)
    along = at * float(end - start) * last / (float(steps) if isinstance(steps, int) else _float32(steps))
    return _of_several(line, along + _number(start, last), middle)


def last_of(line: Line) -> Any:
    """The last coordinate inside, a number or an expression."""
    last = shapes.subtract(line.size, 1)
    return float(last) if isinstance(last, int) else _float32(last)


def _float32(size: Dim) -> Any:
    return float(np.float32(size)) if isinstance(size, int) else size.astype("float32")


def _number(a: np.float32, b: Any) -> Any:
    """A product, in float32 where both are numbers."""
    return b * float(a) if isinstance(b, PrimExpr) else float(a * np.float32(b))


def _quotient(a: Dim, b: Dim) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return float(np.float32(a) / np.float32(b))
    return prim.wrap(_float32(a), "float32") / _float32(b)


def _of_several(line: Line, several: PrimExpr, single: PrimExpr) -> PrimExpr:
    """A coordinate that hangs on whether the result has more than one element."""
    if isinstance(line.target, int):
        return several if line.target > 1 else single
    return prim.select(prim.wrap(1, "int64") < line.target, several, single)


def nearest_of(where: PrimExpr, rounding: str, whole: bool = False) -> PrimExpr:
    """:func:`nearest` for one element of a tensor program."""
    if whole:
        return where.astype("int64")
    match rounding:
        case "round_half_even":
            result = prim.intrinsic("nearbyint", where)
        case "round":
            result = nearest_whole(where)
        case "round_prefer_floor":
            result = prim.intrinsic("ceil", where - 0.5)
        case "round_prefer_ceil":
            result = prim.intrinsic("floor", where + 0.5)
        case "floor":
            result = prim.intrinsic("floor", where + _SPARE)
        case _:
            result = prim.intrinsic("ceil", where - _SPARE)
    return result.astype("int64")
