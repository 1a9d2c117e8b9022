"""Arrays in a ``.safetensors`` file (format of safetensors 0.4 and later).

The file: u64 length of the header (little endian), a JSON header padded with spaces to a multiple of 8 bytes, the
arrays' bytes. The header maps a name to ``dtype``, ``shape`` and ``data_offsets`` behind the header; arrays lie without
gaps. An element type that the format has no name for (int4) is stored byte by byte, and named under ``__metadata__``.

Read and written here, as the library (0.8) gives numpy neither bfloat16 nor float8, and holds the whole file in memory;
the tests hold both against each other.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO, cast

import numpy as np

from migrate.params.arrays import native
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.limits import DEFAULT, Limits

_LENGTH = struct.Struct("<Q")
_NAMES: Mapping[str, str] = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "uint32": "U32", "int32": "I32",
    "uint64": "U64", "int64": "I64", "float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64",
    "float8_e4m3fn": "F8_E4M3", "e4m3_float8": "F8_E4M3", "float8_e5m2": "F8_E5M2", "e5m2_float8": "F8_E5M2",
}  # fmt: skip
_DTYPES: Mapping[str, str] = {spelled: name for name, spelled in reversed(_NAMES.items())}
_RAW = {"int4": "I8", "uint4": "U8"}
_METADATA = "__metadata__"
_MAX_HEADER = 100_000_000


def write_safetensors(arrays: Mapping[str, np.ndarray], stream: BinaryIO) -> None:
    """Write arrays in their order. R2R0302 for an element type without a name in the format, and for the one name that
    no array may have.
    """
    header, metadata, offset = dict[str, Any](), dict[str, str](), 0
    for name, array in arrays.items():
        dtype = dtypes.from_numpy(array.dtype)
        spelled = _NAMES.get(dtype) or _RAW.get(dtype)
        if spelled is None or name == _METADATA:
            raise fail(codes.BAD_PARAMS, f"parameter {name} ({dtype}) cannot be written to .safetensors")
        if dtype in _RAW:
            metadata[name] = dtype
        end = offset + array.nbytes
        header[name] = {"dtype": spelled, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps({_METADATA: metadata, **header} if metadata else header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    stream.write(_LENGTH.pack(len(text)))
    stream.write(text)
    for array in arrays.values():
        stream.write(np.ascontiguousarray(native(array)).reshape(-1).view(np.uint8).data)


def read_safetensors(path: str | os.PathLike[str], limits: Limits | None = None) -> dict[str, np.ndarray]:
    """Arrays by name. R2R0302 when the file is damaged, R2R0111 beyond the limits, R2R0701 when it cannot be read."""
    limits = limits or DEFAULT
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limits.bytes:
                raise fail(codes.LIMIT, f"{path} is larger than {limits.bytes} bytes")
            return _read(stream, size)
    except OSError as error:
        raise fail(codes.FILE_MISSING, f"cannot read {path}: {error.strerror}", hint="check the path") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from error


def _read(stream: BinaryIO, size: int) -> dict[str, np.ndarray]:
    start = stream.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        raise ValueError("it is cut off in its header")
    (length,) = _LENGTH.unpack(start)
    if length > min(_MAX_HEADER, size - _LENGTH.size):
        raise ValueError(f"it claims a header of {length} bytes")
    header = _object(json.loads(stream.read(length)), "its header")
    metadata = _object(header.pop(_METADATA, None) or {}, _METADATA)
    entries = {name: _object(entry, name) for name, entry in header.items()}
    arrays: dict[str, np.ndarray] = {}
    # In the order of the file; the header may have another one.
    at = 0
    for name in sorted(entries, key=lambda name: list(entries[name]["data_offsets"])):
        arrays[name], at = _array(stream, name, entries[name], metadata.get(name), at)
    if at != size - _LENGTH.size - length:
        raise ValueError("its arrays do not fill it")
    return {name: arrays[name] for name in header}


def _object(found: Any, what: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{what} is no object")
    return cast("dict[str, Any]", found)


def _array(
    stream: BinaryIO, name: str, entry: Mapping[str, Any], stated: str | None, at: int
) -> tuple[np.ndarray, int]:
    """The array that begins ``at`` this place behind the header, and where it ends."""
    dtype = stated if stated in _RAW else _DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ValueError(f"{name} has elements of the unknown type {entry['dtype']}")
    kind, shape = dtypes.to_numpy(dtype), tuple([int(extent) for extent in entry["shape"]])
    size = prod(shape) * kind.itemsize
    # Without gaps: what lies twice in the file could fill any memory.
    if any(extent < 0 for extent in shape) or list(entry["data_offsets"]) != [at, at + size]:
        raise ValueError(f"{name} does not lie where the header says")
    data = np.fromfile(stream, np.uint8, size)
    if data.size != size:
        raise ValueError(f"{name} is cut off")
    return data.view(kind).reshape(shape), at + size


def _damaged(path: str | os.PathLike[str], reason: str) -> DiagnosticError:
    return fail(codes.BAD_PARAMS, f"{path} is not a readable .safetensors file: {reason}", hint="write it again")
