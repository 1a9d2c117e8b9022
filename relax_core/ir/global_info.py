"""What a module says beside its functions, by kind: virtual devices and placeholders (tvm.ir.GlobalInfo)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tensor_core.node import Node, node

__all__ = ["DummyGlobalInfo", "GlobalInfo", "VDevice"]


class GlobalInfo(Node):
    """Base of the entries of a module's ``global_infos``."""

    __slots__ = ()


@node
class DummyGlobalInfo(GlobalInfo):
    """An entry that says nothing."""


@node
class VDevice(GlobalInfo):
    """A device that tensors may be placed on: a target (its name, or its attributes), a number, a memory scope."""

    target: Any = None
    vdevice_id: int = 0
    memory_scope: str = "global"

    @property
    def kind(self) -> str:
        """The name of the target's kind, such as ``llvm``; empty without a target."""
        target = self.target
        if isinstance(target, str):
            return target.split()[0] if target.strip() else ""
        if isinstance(target, Mapping):
            return str(cast("Mapping[str, Any]", target).get("kind", ""))
        kind = getattr(target, "kind", "")
        return str(getattr(kind, "name", kind))
