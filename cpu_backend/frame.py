"""The state of a running function: registers, their addresses, sizes of symbolic variables; scratch memory."""

from __future__ import annotations

from math import prod
from typing import Any
from weakref import finalize

import numpy as np

from cpu_backend.arrays import Array, Value, address_of, allocate
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.execution import MEMORY_LIMIT, told
from tensor_core.loops.binding import Bindings


class Frame:
    """The registers of one activation of a function, the addresses of arrays in them (0: not known), its sizes.

    ``closed``: kernels add none to the sizes.
    """

    __slots__ = ("addresses", "closed", "registers", "sizes")

    def __init__(self, count: int, closed: bool = False) -> None:
        self.registers: list[Value] = [None] * count
        self.addresses: list[int] = [0] * count
        self.sizes: Bindings = {}
        self.closed = closed

    def put(self, register: int, value: Value, address: int = 0) -> None:
        """Write a register."""
        self.registers[register] = value
        self.addresses[register] = address

    def address(self, register: int) -> int:
        """The address of the array in a register."""
        known = self.addresses[register]
        if not known:
            known = self.addresses[register] = address_of(self.registers[register])
        return known


def default_limit() -> int | None:
    """The bytes that a machine's values may take unless told: what the environment variable says, else any number."""
    megabytes = told(MEMORY_LIMIT)
    return None if megabytes is None else megabytes << 20


class Arena:
    """Memory of a machine: arrays for values, and scratch memory that grows to what the largest kernel needs.

    ``limit``: bytes that these may take together at any time.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._used = 0
        self._size = 0
        self._array: Array | None = None
        self._address = 0

    def allocate(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Array, int]:
        """As :func:`~cpu_backend.arrays.allocate`. R2R0611 where the limit does not allow it."""
        if self._limit is None:
            return allocate(shape, dtype)
        size = prod(shape) * dtype.itemsize
        if self._used + size > self._limit:
            message = f"an array of shape {shape} and type {dtype} takes {size} bytes more than the {self._used} in use"
            hint = f"the limit is {self._limit} bytes: raise it, or run the program on smaller inputs"
            raise fail(codes.MEMORY_LIMIT, message, hint=hint)
        array, address = allocate(shape, dtype)
        self._used += size
        # The memory is free when the last view of it is gone.
        finalize(array.base, self._release, size).atexit = False
        return array, address

    def _release(self, size: int) -> None:
        self._used -= size

    def address(self, size: int) -> int:
        """The address of at least ``size`` bytes, valid until the next call."""
        if size > self._size or self._array is None:
            wanted = size if self._limit is not None else max(size, 2 * self._size, 4096)
            self._array, self._size = None, 0
            self._array, self._address = self.allocate((wanted,), np.dtype(np.uint8))
            self._size = wanted
        return self._address
