"""tvm.runtime.vm."""

from relay_compat.backend.virtual_machine import Executable, VirtualMachine

__all__ = ["Executable", "VirtualMachine"]
