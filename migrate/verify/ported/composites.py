"""Composite functions: what a pattern table groups, in Relay and in Relax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node, post_order

_COMPOSITE = "Composite"


def same_composites(old: IRModule, new: IRModule) -> str:
    """How the composite functions of two modules differ in number, by name."""
    ours, theirs = _composites(old), _composites(new)
    if ours == theirs:
        return ""
    shown = [
        f"{name}: {ours[name]} in Relay, {theirs[name]} in Relax" for name in sorted(ours | theirs)
        if ours[name] != theirs[name]
    ]  # fmt: skip
    return f"composite functions differ: {'; '.join(shown)}"


def _composites(module: IRModule) -> Counter[str]:
    """Uses of composite functions by name: Relax shares a global one that is called twice."""
    nodes: Sequence[Any] = list(post_order(module.functions.values(), Node.iter_children))
    shared = {var: name for var, function in module.functions.items() if (name := _name(function))}
    inner = (node for node in nodes if isinstance(node, (relay.Function, relax.Function)))
    whole = set(module.functions.values())
    found = Counter(name for node in inner if node not in whole and (name := _name(node)))
    called = (node.op for node in nodes if isinstance(node, (relay.Call, relax.Call)))
    found.update(shared[callee] for callee in called if isinstance(callee, GlobalVar) and callee in shared)
    return found


def _name(function: Any) -> str:
    attrs: Mapping[str, Any] = getattr(function, "attrs", None) or {}
    return str(attrs[_COMPOSITE]) if _COMPOSITE in attrs else ""
