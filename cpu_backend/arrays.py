"""Arrays as machine code wants them: contiguous, native byte order, with a known address."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, c_char
from math import prod
from typing import Any, TypeGuard, cast

import numpy as np

from cpu_backend.emit.kernel import ALIGNMENT
from tensor_core import codes
from tensor_core.diagnostics import fail

Array = np.ndarray[Any, np.dtype[Any]]

Value = Any
"""An array, or a (nested) tuple of values."""

# To its types arrays are no buffers.
_first_byte: Callable[[Array], c_char] = cast(Any, c_char).from_buffer

_NOTHING = np.zeros(ALIGNMENT, np.uint8)


def is_array(value: Value) -> TypeGuard[Array]:
    """Whether the value is an array."""
    return isinstance(value, np.ndarray)


def is_tuple(value: Value) -> TypeGuard[tuple[Value, ...]]:
    """Whether the value is a tuple."""
    return isinstance(value, tuple)


def describe(value: Value) -> str:
    """What a value is, for messages."""
    if is_array(value):
        return f"a {value.dtype.name} array of shape {value.shape}"
    return f"a tuple of {len(value)} values" if is_tuple(value) else f"a {type(value).__name__}"


def ready(value: Value) -> Value:
    """The value with contiguous arrays; anything that is neither array nor tuple becomes an array."""
    return tuple([ready(item) for item in value]) if is_tuple(value) else contiguous(value)


def accepted(value: Value) -> Value:
    """The value with contiguous arrays; numbers, strings, functions and other objects stay what they are."""
    if is_tuple(value):
        return tuple([accepted(item) for item in value])
    return contiguous(value) if isinstance(value, (np.ndarray, np.generic)) else value


def is_data(value: Value) -> bool:
    """Whether a value is an array or a (nested) tuple of arrays."""
    if is_tuple(value):
        return all(map(is_data, value))
    return is_array(value)


def allocate(shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Array, int]:
    """An array with arbitrary contents on a 64-byte boundary, and its address. R2R0602 when there is no memory."""
    size = prod(shape) * dtype.itemsize
    try:
        raw = np.empty(size + ALIGNMENT, np.uint8)
        start = address_of(raw)
        offset = -start % ALIGNMENT
        return np.ndarray(shape, dtype, raw, offset), start + offset
    except (MemoryError, ValueError):
        raise fail(codes.EXECUTION_FAILED, f"an array of shape {shape} and type {dtype} is not possible") from None


def address_of(array: Array) -> int:
    """Where an array's elements begin; an empty array has an address that can be read from all the same."""
    source = array if array.size else _NOTHING
    try:
        # A quarter of the time that numpy takes to say it.
        return addressof(_first_byte(source))
    except (BufferError, TypeError, ValueError):
        # Read-only arrays, and those of types that buffers do not have.
        return source.__array_interface__["data"][0]


def contiguous(array: Any) -> Array:
    """The array itself if it is C-contiguous and aligned, else a copy that is."""
    result = array if type(array) is np.ndarray else np.asarray(array)
    flags = result.flags
    if flags.c_contiguous and flags.aligned:
        return result
    return np.array(result, order="C")
