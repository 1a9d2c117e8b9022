"""Devices: named as data; the alias runs on the CPU alone."""

from __future__ import annotations

from collections.abc import Callable

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


def enabled(target: str) -> bool:
    """Whether programs for this target can be run: those for the CPU can."""
    return device(target).exist


__all__ = [
    "Device", "cl", "cpu", "cuda", "device", "enabled", "ext_dev", "gpu", "hexagon", "metal", "mtl", "opencl", "rocm",
    "vpi", "vulkan", "webgpu",
]  # fmt: skip
