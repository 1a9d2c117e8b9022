"""tvm.relax.vm_build."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm.relax.vm_build tvm.relax",
    {"relax_core.backend.build": "build", "relax_core.backend.executable": "Executable VMExecutable=Executable"},
)
