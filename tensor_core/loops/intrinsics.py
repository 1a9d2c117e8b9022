"""The math functions that :class:`~tensor_core.prim.Intrinsic` may name, and what they mean.

Names are those of the TIR intrinsics in TVM (python/tvm/tir/op.py). ``round`` rounds halves away from zero, as TIR does
up to release 0.23; ``nearbyint`` rounds them to even. A shift by the width of the type or more gives 0 (or the sign).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensor_core import dtypes

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One intrinsic: the number of its arguments, its numpy semantics, and whether the result is bool.

    ``keeps_bits``: the result is of any type as wide as the argument's, with its bits. ``on_bits``: it works on the
    bits of integers.
    """

    arity: int
    compute: Callable[..., Array]
    is_predicate: bool = False
    keeps_bits: bool = False
    on_bits: bool = False


def _each(function: Callable[..., float]) -> Callable[..., Array]:
    """A function of Python floats applied to every element, computed in double precision."""

    def guarded(*values: float) -> float:
        try:
            return function(*values)
        except (ValueError, OverflowError):
            return math.nan

    apply = np.frompyfunc(guarded, 1, 1)

    def compute(x: Array) -> Array:
        return np.asarray(apply(x.astype(np.float64)), np.float64).astype(x.dtype)

    return compute


def _wide(function: Callable[..., Array]) -> Callable[..., Array]:
    """A numpy function computed in at least float32, for the narrow floats that numpy does not cover."""

    def compute(*args: Array) -> Array:
        dtype = args[0].dtype
        if dtypes.is_float(dtypes.from_numpy(dtype)) and dtype.itemsize < 4:
            return function(*(x.astype(np.float32) for x in args)).astype(dtype)
        return function(*args)

    return compute


def _round_away(x: Array) -> Array:
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(np.ones((), x.dtype), x), whole).astype(x.dtype)


def _rsqrt(x: Array) -> Array:
    return np.ones((), x.dtype) / np.sqrt(x)


def _sigmoid(x: Array) -> Array:
    one = np.ones((), x.dtype)
    return one / (one + np.exp(-x))


def _exp10(x: Array) -> Array:
    return np.power(np.asarray(10, x.dtype), x)


def _shift_left(x: Array, amount: Array) -> Array:
    return np.left_shift(x, amount)


def _popcount(x: Array) -> Array:
    return np.bitwise_count(x.view(f"uint{x.dtype.itemsize * 8}")).astype(x.dtype)


def _clz(x: Array) -> Array:
    bits = x.dtype.itemsize * 8
    unsigned = x.view(f"uint{bits}")
    count = np.full(x.shape, bits, np.int64)
    for bit in range(bits):
        count = np.where(
            (unsigned >> np.asarray(bit, unsigned.dtype)) & np.asarray(1, unsigned.dtype) != 0, bits - 1 - bit, count
        )
    return count.astype(x.dtype)


def _ldexp(x: Array, exponent: Array) -> Array:
    return np.ldexp(x, exponent.astype(np.int32))


_UNARY: dict[str, Callable[..., Array]] = {
    "abs": np.abs, "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan,
    "atanh": np.arctanh, "ceil": np.ceil, "cos": np.cos, "cosh": np.cosh, "erf": _each(math.erf), "exp": np.exp,
    "exp10": _exp10, "exp2": np.exp2, "fabs": np.abs, "floor": np.floor, "log": np.log, "log10": np.log10,
    "log1p": np.log1p, "log2": np.log2, "nearbyint": np.rint, "round": _round_away, "rsqrt": _rsqrt,
    "sigmoid": _sigmoid, "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh,
    "trunc": np.trunc,
}  # fmt: skip
_BINARY: dict[str, Callable[..., Array]] = {
    "atan2": np.arctan2, "copysign": np.copysign, "fmod": np.fmod, "hypot": np.hypot, "pow": np.power,
}  # fmt: skip
_PREDICATES: dict[str, Callable[..., Array]] = {"isfinite": np.isfinite, "isinf": np.isinf, "isnan": np.isnan}
_BITS: dict[str, Meaning] = {
    "bitwise_and": Meaning(2, np.bitwise_and),
    "bitwise_not": Meaning(1, np.bitwise_not),
    "bitwise_or": Meaning(2, np.bitwise_or),
    "bitwise_xor": Meaning(2, np.bitwise_xor),
    "clz": Meaning(1, _clz),
    "popcount": Meaning(1, _popcount),
    "shift_left": Meaning(2, _shift_left),
    "shift_right": Meaning(2, np.right_shift),
}

MEANINGS: dict[str, Meaning] = {
    **{name: Meaning(1, _wide(function)) for name, function in _UNARY.items()},
    **{name: Meaning(2, _wide(function)) for name, function in _BINARY.items()},
    **{name: Meaning(1, _wide(function), is_predicate=True) for name, function in _PREDICATES.items()},
    "ldexp": Meaning(2, _ldexp),
    "nextafter": Meaning(2, np.nextafter),
    "reinterpret": Meaning(1, np.asarray, keeps_bits=True),
    **{name: replace(meaning, on_bits=True) for name, meaning in _BITS.items()},
}
"""Every intrinsic by name."""
