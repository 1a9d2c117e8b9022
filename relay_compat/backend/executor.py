"""Which executor a build is for (tvm.relay.backend.Executor in TVM 0.19)."""

from collections.abc import Mapping
from typing import ClassVar

from relay_compat.backend.options import Choice


class Executor(Choice):
    """ "graph" or "aot" with options."""

    flag_registry_name: ClassVar[str] = "executor"
    known: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "graph": ("link-params",),
        "aot": (
            "link-params",
            "unpacked-api",
            "interface-api",
            "workspace-byte-alignment",
            "constant-byte-alignment",
        ),
    }
