"""Element types, written as TVM writes them ("float32", "bool", "bfloat16"), and their numpy twins."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import ml_dtypes
import numpy as np

from tensor_core.residues import PRIME

# The stubs of ml_dtypes leave the results of finfo unknown.
_untyped: Any = ml_dtypes
_SPECIAL: dict[str, type] = {
    "bfloat16": ml_dtypes.bfloat16,
    "e4m3_float8": ml_dtypes.float8_e4m3fn,
    "e5m2_float8": ml_dtypes.float8_e5m2,
    "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8_e5m2": ml_dtypes.float8_e5m2,
    "int4": ml_dtypes.int4,
    "uint4": ml_dtypes.uint4,
}
_NUMBERED = re.compile(r"(int|uint|float)(\d+)\Z")

RESIDUE = "modular_float"
"""As what interpreters compute floats without rounding (:mod:`tensor_core.residues`); no program can name it."""


class NoArrays(ValueError):
    """An element type that arrays do not have: a handle, a vector, a name of none."""


ALIASES = {"int": "int32", "uint": "uint32", "float": "float32", "uint1": "bool"}
"""Names that stand for another, as in TVM."""


@cache
def to_numpy(dtype: str) -> np.dtype[np.generic]:
    """The numpy dtype of a dtype name.

    NoArrays, a ValueError, for a name without a numpy twin (handles, vectors such as "float32x4").
    """
    if dtype in _SPECIAL:
        return np.dtype(_SPECIAL[dtype])
    if dtype == RESIDUE:
        return np.dtype(object)
    if dtype != "bool" and not _NUMBERED.match(dtype):
        raise NoArrays(f"no array element type is called {dtype!r}")
    try:
        return np.dtype(dtype)
    except TypeError as error:
        raise NoArrays(f"no array element type is called {dtype!r}") from error


_NAMES: dict[np.dtype[Any], str] = {
    **{np.dtype(kind): name for name, kind in reversed(_SPECIAL.items())},
    np.dtype(object): RESIDUE,
}


@lru_cache(maxsize=256)
def from_numpy(dtype: np.dtype[np.generic]) -> str:
    """The name of a numpy dtype, e.g. ``float32``."""
    return _NAMES.get(dtype) or dtype.name


_NAME = re.compile(
    r"((int|uint|float|handle)\d*|bool|bfloat16|float8_e\w+|e[45]m[23]_float8|float[46]_e\w+|void|)(x\d+)?\Z"
)


@cache
def is_name(name: str) -> bool:
    """Whether TVM reads this as the name of an element type; most widths are of types that there are no arrays of."""
    return _NAME.match(name) is not None


@cache
def is_known(dtype: str) -> bool:
    """Whether a program may hold arrays of this dtype."""
    try:
        to_numpy(dtype)
    except ValueError:
        return False
    return dtype != RESIDUE


@cache
def bits(dtype: str) -> int:
    """Width of one element in bits; bool counts as 1 as in TVM."""
    if dtype == "bool":
        return 1
    if dtype in _SPECIAL:
        return 4 if dtype in ("int4", "uint4") else 8 * to_numpy(dtype).itemsize
    match = _NUMBERED.match(dtype)
    if match is None:
        raise NoArrays(f"no array element type is called {dtype!r}")
    return int(match[2])


def is_float(dtype: str) -> bool:
    """Whether the dtype is a floating-point type of any width."""
    return "float" in dtype


def is_signed_int(dtype: str) -> bool:
    """Whether the dtype is a signed integer."""
    return dtype.startswith("int")


def is_unsigned_int(dtype: str) -> bool:
    """Whether the dtype is an unsigned integer (bool is not)."""
    return dtype.startswith("uint")


def is_int(dtype: str) -> bool:
    """Whether the dtype is an integer, signed or not (bool is not)."""
    return dtype.startswith(("int", "uint"))


@cache
def unit_roundoff(dtype: str) -> float:
    """Half the distance from 1 to the next larger value; 0 for exact dtypes."""
    if not is_float(dtype):
        return 0.0
    info = _untyped.finfo(to_numpy(dtype))
    return float(info.eps) / 2


@cache
def smallest_normal(dtype: str) -> float:
    """The smallest positive value of a float type that has all its bits; what is smaller may lose some, or be 0."""
    return float(_untyped.finfo(to_numpy(dtype)).smallest_normal)


@cache
def lowest(dtype: str) -> float:
    """The lowest finite value, from which TVM starts a maximum (tvm::min_value)."""
    if dtype == RESIDUE:
        return -(PRIME // 2)
    if is_float(dtype):
        info = _untyped.finfo(to_numpy(dtype))
        return float(info.min)
    return -(1 << (bits(dtype) - 1)) if is_signed_int(dtype) else 0


def highest(dtype: str) -> float:
    """The highest finite value, from which TVM starts a minimum (tvm::max_value)."""
    if is_float(dtype):
        return -lowest(dtype)
    return (1 << (bits(dtype) - is_signed_int(dtype))) - 1
