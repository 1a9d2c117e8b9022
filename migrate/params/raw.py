"""The bytes of an array, without a copy."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

_CHUNK = 1 << 22


class Readable(Protocol):
    """A stream that reads into memory it is given."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read at most as many bytes as fit; 0 or None at the end."""
        ...


def raw(array: np.ndarray[Any, Any]) -> memoryview:
    """The bytes of a contiguous array."""
    data: Any = array.reshape(-1).view(np.uint8) if array.size else b""
    return memoryview(data)


def fill(array: np.ndarray[Any, Any], stream: Readable, name: str) -> None:
    """Read an array's bytes from a stream. ValueError when that ends too early."""
    buffer, done = raw(array), 0
    while done < len(buffer):
        count = stream.readinto(buffer[done : done + _CHUNK])
        if not count:
            raise ValueError(f"{name} is cut off")
        done += count
