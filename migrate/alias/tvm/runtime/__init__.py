"""tvm.runtime."""

from migrate.alias.tvm.runtime.convert import convert
from migrate.alias.tvm.runtime.device import Device, cpu, device
from tensor_core.ndarray import NDArray

__all__ = ["Device", "NDArray", "convert", "cpu", "device"]
