"""Arrays in TVM's binary form (NDArray::Save, unchanged from TVM 0.6 to 0.19), as parameter files and JSON hold them.

Little endian: u64 magic, u64 0, i32 device type, i32 device id, i32 rank, u8 code, u8 bits, u16 lanes, i64 shape[rank],
i64 number of bytes, the elements in row-major order.
"""

from __future__ import annotations

import struct
import sys
from math import prod

import numpy as np

from tensor_core import dtypes
from tensor_core.limits import Limits

MAGIC = 0xDD5E40F096B4A13F
_HEADER = struct.Struct("<QQiiiBBH")
_CPU = 1
_CODES = {0: "int", 1: "uint", 2: "float", 4: "bfloat", 6: "e4m3_float", 7: "e5m2_float"}


class BadArray(ValueError):
    """The bytes are no array: the message says why, ``offset`` where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def read_array(data: bytes | memoryview, offset: int, limits: Limits) -> tuple[np.ndarray, int]:
    """The array that starts at ``offset``, read-only, and the offset behind it. BadArray when there is none."""
    view = memoryview(data)
    if len(view) - offset < _HEADER.size:
        raise BadArray("an array is cut off in its header", offset)
    magic, _, _, _, rank, code, bits, lanes = _HEADER.unpack_from(view, offset)
    if magic != MAGIC:
        raise BadArray("no array starts here: wrong magic number", offset)
    if not 0 <= rank <= limits.dims:
        raise BadArray(f"the array claims {rank} dimensions, the limit is {limits.dims}", offset)
    dtype = _element_type(code, bits, lanes, offset)
    position = offset + _HEADER.size
    if len(view) - position < 8 * (rank + 1):
        raise BadArray("an array is cut off in its shape", position)
    *shape, size = struct.unpack_from(f"<{rank + 1}q", view, position)
    position += 8 * (rank + 1)
    kind = dtypes.to_numpy(dtype)
    _check_size(shape, size, kind.itemsize, limits, offset)
    if len(view) - position < size:
        raise BadArray(f"an array of {size} bytes is cut off after {len(view) - position}", position)
    array = np.frombuffer(view, kind, prod(shape), position).reshape(shape)
    if sys.byteorder == "big":
        array = array.byteswap()
    array.flags.writeable = False
    return array, position + size


def _element_type(code: int, bits: int, lanes: int, offset: int) -> str:
    name = "bool" if (code, bits) == (1, 1) else f"{_CODES.get(code, 'code')}{bits}"
    if lanes != 1 or not dtypes.is_known(name) or name in ("int4", "uint4"):
        raise BadArray(f"an array of element type code {code}, {bits} bits, {lanes} lanes cannot be read", offset)
    return name


def _check_size(shape: list[int], size: int, itemsize: int, limits: Limits, offset: int) -> None:
    if any(dim < 0 for dim in shape):
        raise BadArray(f"the array has a negative dimension: {tuple(shape)}", offset)
    if size != prod(shape) * itemsize:
        raise BadArray(f"the array of shape {tuple(shape)} claims {size} bytes", offset)
    if size > limits.constant_bytes:
        raise BadArray(f"the array has {size} bytes, the limit is {limits.constant_bytes}", offset)


def write_array(array: np.ndarray) -> bytes:
    """The array in TVM's binary form. ValueError for an element type that TVM does not have."""
    dtype = dtypes.from_numpy(array.dtype)
    code, bits = _code_of(dtype)
    contiguous = np.ascontiguousarray(array).reshape(array.shape)
    if sys.byteorder == "big":
        contiguous = contiguous.byteswap()
    header = _HEADER.pack(MAGIC, 0, _CPU, 0, array.ndim, code, bits, 1)
    return header + struct.pack(f"<{array.ndim + 1}q", *array.shape, array.nbytes) + contiguous.tobytes()


def _code_of(dtype: str) -> tuple[int, int]:
    if dtype == "bool":
        return 1, 1
    for code, prefix in _CODES.items():
        if dtype.startswith(prefix) and dtype[len(prefix) :].isdigit():
            return code, int(dtype[len(prefix) :])
    raise ValueError(f"TVM has no element type for arrays of {dtype}")
