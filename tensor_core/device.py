"""Devices as values: a kind and a number, as programs written against TVM name them. Programs run on the CPU."""

from __future__ import annotations

from dataclasses import dataclass

CPU = 1
KINDS = {
    "cpu": 1, "llvm": 1, "stackvm": 1, "c": 1, "hybrid": 1, "composite": 1, "test": 1, "cuda": 2, "nvptx": 2, "cl": 4,
    "opencl": 4, "sdaccel": 4, "aocl": 5, "aocl_sw_emu": 5, "vulkan": 7, "metal": 8, "vpi": 9, "rocm": 10,
    "ext_dev": 12, "hexagon": 14, "webgpu": 15,
}  # fmt: skip
"""Numbers of device kinds (DLDeviceType) by the names that TVM has for them."""
_NAMES = {1: "cpu", 2: "cuda", 4: "opencl", 5: "aocl", 7: "vulkan", 8: "metal", 9: "vpi", 10: "rocm", 12: "ext_dev",
          14: "hexagon", 15: "webgpu"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """A device by kind and number."""

    device_type: int
    device_id: int = 0

    @property
    def exist(self) -> bool:
        """Whether the device can be used."""
        return self.device_type == CPU and self.device_id == 0

    def sync(self, stream: object = None) -> None:
        """Wait for the device: every call has finished when it returns."""

    def __str__(self) -> str:
        return f"{_NAMES.get(self.device_type, 'device')}({self.device_id})"

    def __repr__(self) -> str:
        return f"device(type='{_NAMES.get(self.device_type, '')}', index={self.device_id})"


def cpu(device_id: int = 0) -> Device:
    """The CPU."""
    return Device(CPU, device_id)


def device(name: str | int | Device, device_id: int = 0) -> Device:
    """A device by the name or number of its kind. ValueError for an unknown kind."""
    if isinstance(name, Device):
        return name
    kind = KINDS.get(name.split()[0]) if isinstance(name, str) else name
    if kind is None:
        raise ValueError(f"Unknown device type {name}")
    return Device(kind, device_id)
