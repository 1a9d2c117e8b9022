"""Which executor a build is for (tvm.relay.backend.Executor in TVM 0.19)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from relay_compat.backend.options import Choice


class Executor(Choice):
    """ "graph" or "aot" with options."""

    flag_registry_name: ClassVar[str] = "executor"
    known: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "graph": {"link-params": False},
        "aot": {
            "link-params": True,
            "unpacked-api": bool,
            "interface-api": str,
            "workspace-byte-alignment": int,
            "constant-byte-alignment": int,
        },
    }
