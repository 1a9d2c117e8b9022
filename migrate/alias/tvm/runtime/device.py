"""Devices: the alias runs on the CPU alone."""

from tensor_core.device import Device, cpu, device

__all__ = ["Device", "cpu", "device"]
