"""tvm.runtime.vm: the virtual machine of Relay, since release 0.20 that of Relax."""

from __future__ import annotations

from typing import Any

from migrate.alias.current import before
from migrate.alias.lazy import lazy

_relay = lazy("tvm.runtime.vm", {"relay_compat.backend.virtual_machine": "Executable VirtualMachine"})
_relax = lazy("tvm.runtime.vm", {"relax_core.backend.virtual_machine": "VMInstrumentReturnKind VirtualMachine"})


def __getattr__(name: str) -> Any:
    return (_relay if before("0.20") else _relax)(name)
