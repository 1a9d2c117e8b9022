"""Arrays in an ``.npz``. Element types that numpy does not know itself (bfloat16, float8, int4) are raw bytes (``V2``,
``V1``), as numpy writes them: the program's declaration says what they are.

The arrays are numpy's own format; the archive around them is written here, as ``numpy.savez`` puts the time into it.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from migrate.params.arrays import native
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.limits import DEFAULT, Limits

OF_OTHERS = 2
"""What numpy says of an element type that is not its own."""

_DAMAGE = (
    ValueError,
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


def write_npz(arrays: Mapping[str, np.ndarray], stream: BinaryIO) -> None:
    """Write arrays, one after the other: none is copied as a whole."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays.items():
            # An entry that is made from its name alone has a fixed date.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, _plain(native(array)), allow_pickle=False)


def read_npz(path: str | os.PathLike[str], limits: Limits | None = None) -> dict[str, np.ndarray]:
    """Arrays by name; nothing in the file is executed. R2R0302 when it is damaged, R2R0111 beyond the limits, R2R0701
    when it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return _unpacked(path, stream, limits or DEFAULT)
    except OSError as error:
        raise fail(codes.FILE_MISSING, f"cannot read {path}: {error.strerror}", hint="check the path") from error


def _unpacked(path: str | os.PathLike[str], stream: BinaryIO, limits: Limits) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
            _check_sizes(path, entries, limits)
            return {entry.filename.removesuffix(".npy"): _read(archive, entry) for entry in entries}
    except _DAMAGE as error:
        message = f"{path} is not a readable .npz: {error}"
        raise fail(codes.BAD_PARAMS, message, hint="write it with numpy.savez, arrays by name") from error


def _check_sizes(path: str | os.PathLike[str], entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    # What is packed may be much larger than the file.
    size = sum(entry.file_size for entry in entries)
    if size > limits.bytes:
        message = f"the arrays of {path} are {size} bytes, the limit is {limits.bytes}"
        raise fail(codes.LIMIT, message, hint="raise the limit if you trust the file")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(entry) as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    if array.dtype.kind not in "biufV":
        name = entry.filename.removesuffix(".npy")
        raise ValueError(f"array {name!r} holds {array.dtype}, an element type that no program has")
    return native(array)


def _plain(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in an element type that numpy's format has a name for."""
    if array.dtype.isbuiltin != OF_OTHERS:
        return array
    return np.ascontiguousarray(array).view(np.dtype((np.void, array.dtype.itemsize))).reshape(array.shape)


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The file as bytes."""
    stream = io.BytesIO()
    write_npz(arrays, stream)
    return stream.getvalue()
