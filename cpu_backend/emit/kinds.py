"""How element types are stored in memory and held in registers."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail


@dataclass(frozen=True, slots=True)
class Kind:
    """``stored`` is the LLVM type in memory, ``held`` the one that is computed with.

    float16 and bfloat16 are held as float, rounded to their own precision after every operation; bool is held as i1.
    """

    dtype: str
    stored: str
    held: str
    size: int
    is_float: bool = False
    signed: bool = True

    @property
    def bits(self) -> int:
        """The width in registers of an integer kind."""
        return int(self.held[1:])

    @property
    def is_narrow(self) -> bool:
        """Whether results must be rounded from the held to the stored precision."""
        return self.dtype in ("float16", "bfloat16")


_KINDS: dict[str, Kind] = {
    "float64": Kind("float64", "double", "double", 8, is_float=True),
    "float32": Kind("float32", "float", "float", 4, is_float=True),
    "float16": Kind("float16", "half", "float", 2, is_float=True),
    "bfloat16": Kind("bfloat16", "i16", "float", 2, is_float=True),
    "bool": Kind("bool", "i8", "i1", 1, signed=False),
    **{f"int{n}": Kind(f"int{n}", f"i{n}", f"i{n}", n // 8) for n in (8, 16, 32, 64)},
    **{f"uint{n}": Kind(f"uint{n}", f"i{n}", f"i{n}", n // 8, signed=False) for n in (8, 16, 32, 64)},
}


def kind(dtype: str) -> Kind:
    """The kind of an element type; R2R0601 for those that the backend does not compute with (float8, int4)."""
    found = _KINDS.get(dtype)
    if found is None:
        raise fail(codes.NO_REFERENCE, f"the backend does not compute with {dtype}", hint="cast to a wider type first")
    return found


def typed(scalar: str, lanes: int) -> str:
    """The LLVM type of ``lanes`` values: the scalar type itself for one."""
    return scalar if lanes == 1 else f"<{lanes} x {scalar}>"


def literal(value: float | int, dtype: str, lanes: int = 1) -> str:
    """A constant of an element type as it is held, spread over the lanes."""
    item = kind(dtype)
    text = float_literal(value, item) if item.is_float else str(_wrapped(int(value), item))
    return text if lanes == 1 else f"splat ({item.held} {text})"


def float_literal(value: float, item: Kind) -> str:
    """The hexadecimal spelling that LLVM reads without rounding."""
    if math.isnan(value):
        return "0x7FF8000000000000"
    with np.errstate(over="ignore"):
        # What is too large for the type is infinite.
        rounded = float(dtypes.to_numpy(item.dtype).type(value))
    return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"


def _wrapped(value: int, item: Kind) -> int:
    if item.held == "i1":
        return int(value != 0)
    value &= (1 << item.bits) - 1
    return value - (1 << item.bits) if value >> (item.bits - 1) else value
