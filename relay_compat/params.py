"""Parameter files of relay.save_param_dict: named arrays (layout unchanged from TVM 0.6 to 0.19).

Little endian: u64 magic, u64 0, u64 count, that many names (u64 length, bytes), u64 count, that many arrays (see
:mod:`tensor_core.saved_arrays`).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.limits import DEFAULT, Limits
from tensor_core.saved_arrays import BadArray, read_array, write_array

MAGIC = 0xF7E58D4F05049CB7
_WORD = struct.Struct("<Q")
_HINT = "was it written by relay.save_param_dict?"


def load_params(
    data: bytes, source_name: str = "module.params", *, limits: Limits | None = None
) -> dict[str, np.ndarray]:
    """The arrays of a parameter file by name, in the file's order, read-only and sharing its memory.

    DiagnosticError R2R0302 for bytes that are no such file, are cut off, or hold an array that cannot be read; R2R0111
    for a file beyond the limits.
    """
    return _Reader(data, source_name, limits or DEFAULT).read()


def save_params(params: Mapping[str, np.ndarray]) -> bytes:
    """A parameter file with these arrays, in this order. R2R0302 for an element type that TVM does not have."""
    names = [name.encode() for name in params]
    parts = [struct.pack("<QQQ", MAGIC, 0, len(names))]
    for name in names:
        parts += (_WORD.pack(len(name)), name)
    parts.append(_WORD.pack(len(names)))
    for name, array in params.items():
        try:
            parts.append(write_array(array))
        except ValueError as error:
            raise fail(codes.BAD_PARAMS, f"parameter {name} cannot be written: {error}") from None
    return b"".join(parts)


class _Reader:
    def __init__(self, data: bytes, source_name: str, limits: Limits) -> None:
        self._data = data
        self._position = 0
        self._source_name = source_name
        self._limits = limits

    def read(self) -> dict[str, np.ndarray]:
        if len(self._data) > self._limits.bytes:
            message = f"{self._source_name} has {len(self._data)} bytes, the limit is {self._limits.bytes}"
            raise fail(codes.LIMIT, message)
        if self._word("the header") != MAGIC:
            raise self._error("it does not start with the magic number of a parameter file")
        self._word("the header")
        names = [self._name() for _ in range(self._count("names"))]
        if len(set(names)) != len(names):
            raise self._error("a name occurs twice")
        if self._count("arrays") != len(names):
            raise self._error("it has another number of arrays than of names")
        result = {name: self._array(name) for name in names}
        if self._position != len(self._data):
            raise self._error(f"{len(self._data) - self._position} bytes follow the last array")
        return result

    def _word(self, what: str) -> int:
        if len(self._data) - self._position < _WORD.size:
            raise self._error(f"it is cut off in {what}")
        (value,) = _WORD.unpack_from(self._data, self._position)
        self._position += _WORD.size
        return value

    def _count(self, what: str) -> int:
        count = self._word(f"the number of {what}")
        # Each name and each array takes more than eight bytes.
        if count > (len(self._data) - self._position) // _WORD.size:
            raise self._error(f"it claims {count} {what}, for which it is too short")
        return count

    def _name(self) -> str:
        length = self._word("a name")
        end = self._position + length
        if end > len(self._data):
            raise self._error("it is cut off in a name")
        name = self._data[self._position : end]
        self._position = end
        try:
            return name.decode()
        except UnicodeDecodeError:
            raise self._error("a name is no UTF-8 text") from None

    def _array(self, name: str) -> np.ndarray:
        try:
            array, self._position = read_array(self._data, self._position, self._limits)
        except BadArray as problem:
            raise self._error(f"parameter {name}: {problem}", problem.offset) from None
        return array

    def _error(self, message: str, offset: int | None = None) -> DiagnosticError:
        place = self._position if offset is None else offset
        return fail(codes.BAD_PARAMS, f"{self._source_name}, byte {place}: {message}", hint=_HINT)
