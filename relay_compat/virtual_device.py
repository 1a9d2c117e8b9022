"""Where values live, as TVM's VirtualDevice states it: kept whole for text and JSON, without meaning for running."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.values import Entry, Record
from tensor_core.device import Device, device

TYPE_KEY = "VirtualDevice"


class VirtualDevice(Record):
    """A kind and number of a device, a target, and the scope of its memory, each possibly open."""

    __slots__ = ()

    @property
    def device_type(self) -> int:
        """The kind of device; -1 where it is open."""
        return int(self.device_type_int)


def virtual_device(where: Any) -> Record:
    """The VirtualDevice of a device or of a device's name; ValueError for anything else."""
    if isinstance(where, VirtualDevice):
        return where
    if isinstance(where, str):
        where = device(where)
    if not isinstance(where, Device):
        raise ValueError(f"expecting a Device or device name, but received a {type(where)}")
    return of_parts(where.device_type, where.device_id)


def of_parts(device_type: int, number: int, target: Any = None, memory_scope: str = "") -> VirtualDevice:
    """A VirtualDevice from its parts; -1 leaves the kind or number of the device open."""
    entries = (Entry("device_type_int", device_type, True), Entry("virtual_device_id", number, True))
    places = (Entry("target", target, False), Entry("memory_scope", memory_scope, False))
    return VirtualDevice(TYPE_KEY, (*entries, *places))
