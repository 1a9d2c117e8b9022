"""Element types of generated programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensor_core import dtypes

FLOATS = ("float32", "float64")
INTS = ("int32", "int64")
NUMBERS = ("float32", "int32", "float64", "int64")
"""The types that most programs are made of, the plainest first."""
ALL_FLOATS = (*FLOATS, "float16", "bfloat16")
ALL_INTS = (*INTS, "int8", "uint8", "int16", "uint16", "uint32", "uint64")
ALL_NUMBERS = (*NUMBERS, *ALL_FLOATS[2:], *ALL_INTS[2:])
BOOL = ("bool",)
EVERY = (*ALL_NUMBERS, "bool")
INDICES = ("int64", "int32")


Choose = Callable[[Sequence[Any]], Any]


def number(choose: Choose) -> str:
    """A type of numbers, a rare one now and then."""
    return choose(NUMBERS * 4 + ALL_NUMBERS[len(NUMBERS) :])


def accumulated(dtype: str, choose: Choose) -> tuple[str, str, str]:
    """Element types of two factors and, said or not, of the sum of their products, which is ``dtype``."""
    same = [(dtype, dtype, ""), (dtype, dtype, dtype)]
    if dtype == "float32":
        same.append(("float16", "float16", dtype))
    if dtypes.is_signed_int(dtype) and dtype != "int8":
        same += [("int8", "int8", dtype), ("uint8", "int8", dtype)]
    return choose(same)
