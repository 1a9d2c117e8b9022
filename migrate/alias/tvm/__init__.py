"""tvm."""

from migrate.alias.tvm.error import TVMError
from migrate.alias.tvm.runtime.device import Device, cpu, device
from relay_compat.ir.module import IRModule

__version__ = "0.19.0"

__all__ = ["Device", "IRModule", "TVMError", "cpu", "device"]
