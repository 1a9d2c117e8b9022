"""Which runtime a build is for (tvm.relay.backend.Runtime in TVM 0.19)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from relay_compat.backend.options import Choice


class Runtime(Choice):
    """ "cpp" or "crt" with options. Programs run in this process whatever it says."""

    flag_registry_name: ClassVar[str] = "runtime"
    known: ClassVar[Mapping[str, Mapping[str, Any]]] = {"cpp": {"system-lib": bool}, "crt": {"system-lib": bool}}
