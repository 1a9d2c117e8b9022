"""The state of a running function: registers, their addresses, sizes of symbolic variables; scratch memory."""

from __future__ import annotations

import numpy as np

from cpu_backend.arrays import Array, Value, address_of, allocate
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


class Arena:
    """Scratch memory that grows to what the largest kernel needs."""

    def __init__(self) -> None:
        self._size = 0
        self._array: Array | None = None
        self._address = 0

    def address(self, size: int) -> int:
        """The address of at least ``size`` bytes, valid until the next call."""
        if size > self._size or self._array is None:
            self._size = max(size, 2 * self._size, 4096)
            self._array, self._address = allocate((self._size,), np.dtype(np.uint8))
        return self._address
