"""tvm.target."""

from __future__ import annotations

from typing import Any

from relay_compat.devices.configuration import make_compilation_config
from relay_compat.ir.values import Record
from relay_compat.target import Target, TargetKind
from relay_compat.virtual_device import of_parts
from tensor_core.device import Device

__all__ = ["Target", "TargetKind", "VirtualDevice", "arm_cpu", "create", "cuda", "make_compilation_config"]


def VirtualDevice(device: Device | None = None, target: Any = None, memory_scope: str = "") -> Record:
    """Where values live; without a device it is left open."""
    found = device or Device(-1, -1)
    return of_parts(found.device_type, found.device_id, target, memory_scope)


def create(target: Any) -> Target:
    """A target."""
    return Target(target)


def cuda(model: str = "unknown", arch: str | None = None, options: Any = None) -> Target:
    """A CUDA target, as data."""
    return _with("cuda", [f"-model={model}", *([f"-arch={arch}"] if arch else [])], options)


def arm_cpu(model: str = "unknown", options: Any = None) -> Target:
    """A target for ARM's processors, as data."""
    return _with("llvm", ["-keys=arm_cpu,cpu", "-device=arm_cpu", f"-model={model}"], options)


def _with(kind: str, written: list[str], options: Any) -> Target:
    more = options.split() if isinstance(options, str) else list(options or ())
    return Target(" ".join([kind, *written, *more]))
