"""tvm.runtime.relax_vm: the virtual machine of Relax up to release 0.19."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm.runtime.relax_vm", {"relax_core.backend.virtual_machine": "VMInstrumentReturnKind VirtualMachine"}
)
