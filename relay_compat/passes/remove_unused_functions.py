"""RemoveUnusedFunctions: keep the functions that entry functions refer to, directly or not (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.expr import Function, GlobalVar
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def RemoveUnusedFunctions(entry_functions: Sequence[str] | None = None) -> Pass:
    """The pass; "main" is the entry unless others are named. DiagnosticError R2R0603 for one that there is not."""
    entries = ("main",) if entry_functions is None else tuple(entry_functions)

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        used = {module.get_global_var(name) for name in entries}
        waiting = list(used)
        while waiting:
            function = module[waiting.pop()]
            for node in reachable(function) if isinstance(function, Function) else ():
                if isinstance(node, GlobalVar) and node not in used and node in module:
                    used.add(node)
                    waiting.append(node)
        result = module.copy()
        for name in module:
            if name not in used:
                del result[name]
        return result

    return ModulePass(PassInfo(1, "RemoveUnusedFunctions"), run)
