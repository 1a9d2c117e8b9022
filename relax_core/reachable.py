"""Which functions of a module can be reached from outside."""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.analysis.variables import all_global_vars
from relax_core.analysis.walk import parts, walk
from relax_core.ir.expr import Call, ExternFunc, Function, GlobalVar, IRModule
from tensor_core.module import BaseFunc

__all__ = ["held_as_values", "is_exposed", "reachable"]


def is_exposed(function: BaseFunc) -> bool:
    """Whether a function can be called from outside of the module: it has a global symbol."""
    if isinstance(function, ExternFunc):
        return True
    attrs = getattr(function, "attrs", None)
    if attrs is None:
        # A tensor program without attributes is private; one that states nothing is only reached through calls.
        return False
    return attrs.get("global_symbol") is not None


def reachable(module: IRModule, roots: Iterable[GlobalVar]) -> set[GlobalVar] | None:
    """The functions that can be reached from these; None when one of them is not in the module."""
    seen: dict[GlobalVar, None] = dict.fromkeys(roots)
    pending = list(seen)
    while pending:
        function = module.functions.get(pending.pop())
        if function is None:
            return None
        for callee in all_global_vars(function):
            if callee not in seen:
                seen[callee] = None
                pending.append(callee)
    return set(seen)


def held_as_values(module: IRModule) -> set[GlobalVar]:
    """The functions that something holds, as a closure or by another name: not all that call them is known."""
    held: set[GlobalVar] = set()
    for function in module.functions.values():
        for node, done in walk(function) if isinstance(function, Function) else ():
            if not done:
                inner = node.args if isinstance(node, Call) else parts(node)
                held.update(item for item in inner if isinstance(item, GlobalVar))
    return held
