"""Where values live, as TVM's VirtualDevice states it: kept whole for text and JSON, without meaning for running."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.values import Entry, Record
from tensor_core.device import Device, device

TYPE_KEY = "VirtualDevice"


def virtual_device(where: Any) -> Record:
    """The VirtualDevice of a device or of a device's name; ValueError for anything else."""
    if isinstance(where, Record) and where.type_key == TYPE_KEY:
        return where
    if isinstance(where, str):
        where = device(where)
    if not isinstance(where, Device):
        raise ValueError(f"expecting a Device or device name, but received a {type(where)}")
    return of_parts(where.device_type, where.device_id)


def of_parts(device_type: int, number: int, target: Any = None, memory_scope: str = "") -> Record:
    """A VirtualDevice from its parts; -1 leaves the kind or number of the device open."""
    entries = (Entry("device_type_int", device_type, True), Entry("virtual_device_id", number, True))
    return Record(TYPE_KEY, (*entries, Entry("target", target, False), Entry("memory_scope", memory_scope, False)))
