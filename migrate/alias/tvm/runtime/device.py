"""Devices: named as data; the alias runs on the CPU alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from tensor_core.device import KINDS, Device, cpu, device


def _maker(kind: str) -> Callable[..., Device]:
    def make(dev_id: int = 0) -> Device:
        return Device(KINDS[kind], dev_id)

    make.__name__ = kind
    make.__doc__ = f"A device of kind {kind}."
    return make


cuda = gpu = _maker("cuda")
opencl = cl = _maker("opencl")
metal = mtl = _maker("metal")
rocm = _maker("rocm")
vulkan = _maker("vulkan")
vpi = _maker("vpi")
ext_dev = _maker("ext_dev")
hexagon = _maker("hexagon")
webgpu = _maker("webgpu")


def device_from_target(target: Any, index: int | None = None) -> Device:
    """The device that programs for a target run on: a target by its name, by its fields, or an object. ValueError for
    an unknown kind.
    """
    if isinstance(target, Mapping):
        target = cast("Mapping[str, Any]", target)["kind"]
    kind: Any = getattr(target, "kind", target)
    return device(str(getattr(kind, "name", kind)), index or 0)


def enabled(target: str) -> bool:
    """Whether programs for this target can be run: those for the CPU can."""
    return device(target).exist


__all__ = [
    "Device", "cl", "cpu", "cuda", "device", "device_from_target", "enabled", "ext_dev", "gpu", "hexagon", "metal",
    "mtl", "opencl", "rocm", "vpi", "vulkan", "webgpu",
]  # fmt: skip
