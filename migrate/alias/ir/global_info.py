"""tvm.ir.VDevice and its kin."""

from __future__ import annotations

from typing import Any

from migrate.alias.facade import facade
from relax_core.ir import global_info

__all__ = ["DummyGlobalInfo", "GlobalInfo", "VDevice", "dummy_global_info", "lookup_vdevice", "make_vdevice"]

GlobalInfo = global_info.GlobalInfo
DummyGlobalInfo = global_info.DummyGlobalInfo


def make_vdevice(target: Any = None, vdevice_id: int = 0, memory_scope: str = "global") -> global_info.VDevice:
    """A virtual device; a target is kept as it is given: its text, its attributes, or an object."""
    return global_info.VDevice(target, int(vdevice_id), str(memory_scope))


def dummy_global_info() -> global_info.DummyGlobalInfo:
    """An entry that says nothing."""
    return global_info.DummyGlobalInfo()


def lookup_vdevice(target_kind: str | None = None, device_index: int = -1) -> Any:
    """The virtual device of a module in scripts, as text that the reader of scripts resolves."""
    return f"{target_kind}:{device_index}"


VDevice = facade("VDevice", (global_info.VDevice,), make_vdevice)
