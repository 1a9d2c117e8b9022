"""Arrays in TVM's binary form (NDArray::Save, unchanged from TVM 0.6 on), as parameter files and JSON hold them.

Little endian: u64 magic, u64 0, i32 device type, i32 device id, i32 rank, u8 code, u8 bits, u16 lanes, i64 shape[rank],
i64 number of bytes, the elements in row-major order. The codes of element types are those of the release: up to 0.19
float8 has codes of TVM's own, later ones are DLPack's, in which truth values have one, too.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping
from math import prod

import numpy as np

from tensor_core import dtypes
from tensor_core.limits import Limits

MAGIC = 0xDD5E40F096B4A13F
_HEADER = struct.Struct("<QQiiiBBH")
_CPU = 1
_COMMON = {0: "int", 1: "uint", 2: "float", 4: "bfloat"}
CODES: Mapping[int, str] = _COMMON | {6: "e4m3_float", 7: "e5m2_float"}
"""The codes up to TVM 0.19: names of element types without their number of bits. A truth value is a uint of one bit."""
DLPACK_CODES: Mapping[int, str] = _COMMON | {6: "bool", 10: "e4m3_float", 12: "e5m2_float"}
"""The codes from TVM 0.20 on, read from all of these; those of 0.20 and 0.21 write truth values as before."""


class BadArray(ValueError):
    """The bytes are no array: the message says why, ``offset`` where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def read_array(
    data: bytes | memoryview, offset: int, limits: Limits, codes: Mapping[int, str] = CODES
) -> tuple[np.ndarray, int]:
    """The array that starts at ``offset``, read-only, and the offset behind it. BadArray when there is none."""
    view = memoryview(data)
    if len(view) - offset < _HEADER.size:
        raise BadArray("an array is cut off in its header", offset)
    magic, _, _, _, rank, code, bits, lanes = _HEADER.unpack_from(view, offset)
    if magic != MAGIC:
        raise BadArray("no array starts here: wrong magic number", offset)
    if not 0 <= rank <= limits.dims:
        raise BadArray(f"the array claims {rank} dimensions, the limit is {limits.dims}", offset)
    dtype = _element_type(code, bits, lanes, offset, codes)
    position = offset + _HEADER.size
    if len(view) - position < 8 * (rank + 1):
        raise BadArray("an array is cut off in its shape", position)
    *shape, size = struct.unpack_from(f"<{rank + 1}q", view, position)
    position += 8 * (rank + 1)
    kind = dtypes.to_numpy(dtype)
    _check_size(shape, size, kind.itemsize, limits, offset)
    if len(view) - position < size:
        raise BadArray(f"an array of {size} bytes is cut off after {len(view) - position}", position)
    array = _elements(np.frombuffer(view, np.uint8, size, position), dtype, offset).view(kind).reshape(shape)
    if sys.byteorder == "big":
        array = array.byteswap()
    array.flags.writeable = False
    return array, position + size


def _element_type(code: int, bits: int, lanes: int, offset: int, codes: Mapping[int, str]) -> str:
    known = codes.get(code, "code")
    name = "bool" if (code, bits) == (1, 1) or (known, bits) == ("bool", 8) else f"{known}{bits}"
    if lanes != 1 and dtypes.is_known(name):
        # TVM writes one lane's worth of bytes for each element: the file lacks most of the numbers.
        raise BadArray(f"an array of vectors of {lanes} {name} cannot be read: TVM does not save it whole", offset)
    if lanes != 1 or not dtypes.is_known(name):
        raise BadArray(f"an array of element type code {code}, {bits} bits, {lanes} lanes cannot be read", offset)
    return name


def _elements(data: np.ndarray, dtype: str, offset: int) -> np.ndarray:
    """Bytes that are elements of a type: all are, but for those of less than a byte."""
    if dtype == "bool":
        return data if not (data > 1).any() else (data != 0).view(np.uint8)
    if dtype in ("int4", "uint4"):
        high = data >> 4
        if not (high == np.where((data & 8 != 0) & (high != 0), 15 if dtype == "int4" else 0, 0)).all():
            # Some of TVM's code generators pack two elements into a byte, in an order of their own.
            raise BadArray(f"an array of {dtype} that does not have one element in each byte cannot be read", offset)
        return data & 15
    return data


def _check_size(shape: list[int], size: int, itemsize: int, limits: Limits, offset: int) -> None:
    if any(dim < 0 for dim in shape):
        raise BadArray(f"the array has a negative dimension: {tuple(shape)}", offset)
    if size != prod(shape) * itemsize:
        raise BadArray(f"the array of shape {tuple(shape)} claims {size} bytes", offset)
    if prod(max(dim, 1) for dim in shape) * itemsize > limits.constant_bytes:
        # An array without elements may have dimensions beyond what any machine can address.
        raise BadArray(f"the array of shape {tuple(shape)} exceeds the limit of {limits.constant_bytes} bytes", offset)


def write_array(array: np.ndarray, codes: Mapping[int, str] = CODES) -> bytes:
    """The array in TVM's binary form. ValueError for an element type that TVM does not have."""
    dtype = dtypes.from_numpy(array.dtype)
    code, bits = _code_of(dtype, codes)
    contiguous = np.ascontiguousarray(array).reshape(array.shape)
    if sys.byteorder == "big":
        contiguous = contiguous.byteswap()
    header = _HEADER.pack(MAGIC, 0, _CPU, 0, array.ndim, code, bits, 1)
    return header + struct.pack(f"<{array.ndim + 1}q", *array.shape, array.nbytes) + contiguous.tobytes()


def _code_of(dtype: str, codes: Mapping[int, str]) -> tuple[int, int]:
    if dtype == "bool":
        return next(((code, 8) for code, name in codes.items() if name == "bool"), (1, 1))
    for code, prefix in codes.items():
        if dtype.startswith(prefix) and dtype[len(prefix) :].isdigit():
            return code, int(dtype[len(prefix) :])
    raise ValueError(f"TVM has no element type for arrays of {dtype}")
