"""Devices: the alias runs on the CPU alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A device by kind and number."""

    device_type: int
    device_id: int = 0

    @property
    def exist(self) -> bool:
        """Whether the device can be used."""
        return self.device_type == _CPU

    def sync(self) -> None:
        """Wait for the device: every call has finished when it returns."""

    def __str__(self) -> str:
        return f"{'cpu' if self.device_type == _CPU else f'device{self.device_type}'}({self.device_id})"


_CPU = 1
_KINDS = {"cpu": 1, "llvm": 1, "c": 1, "cuda": 2, "opencl": 4, "vulkan": 7, "metal": 8, "rocm": 10}


def cpu(device_id: int = 0) -> Device:
    """The CPU."""
    return Device(_CPU, device_id)


def device(name: str, device_id: int = 0) -> Device:
    """A device by the name of its kind; ValueError for an unknown kind."""
    kind = _KINDS.get(name.split()[0])
    if kind is None:
        raise ValueError(f"unknown device {name}")
    return Device(kind, device_id)
