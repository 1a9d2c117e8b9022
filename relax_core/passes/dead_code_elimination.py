"""DeadCodeElimination: what nothing needs is removed (relax.transform.DeadCodeElimination in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.ir.expr import Function, GlobalVar, IRModule
from relax_core.passes.function_pass import updated
from relax_core.passes.remove_unused import remove_unused
from relax_core.reachable import is_exposed, reachable
from tensor_core.passes import ModulePass, Pass, PassInfo


def DeadCodeElimination(entry_functions: Sequence[str] | None = None) -> Pass:
    """Remove functions that neither the named ones nor those with a global symbol reach, and bindings without use."""
    names = tuple(entry_functions or ())
    return ModulePass(PassInfo(1, "DeadCodeElimination"), lambda module, _: eliminate_dead_code(module, names))


def eliminate_dead_code(module: IRModule, entry_functions: Sequence[str] = ()) -> IRModule:
    """The module without unused functions and bindings. R2R0603 when an entry function is not there."""
    entries = [module.get_global_var(name) for name in entry_functions]
    entries += [var for var, function in module.functions.items() if is_exposed(function)]
    module = _only_reachable(module, entries)
    changed = {
        var: remove_unused(function) for var, function in module.functions.items() if isinstance(function, Function)
    }
    return _only_reachable(updated(module, {**changed}), entries)


def _only_reachable(module: IRModule, entries: Sequence[GlobalVar]) -> IRModule:
    kept = reachable(module, entries)
    if kept is None or len(kept) == len(module):
        return module
    result = module.copy()
    for var in list(module.functions):
        if var not in kept:
            del result[var]
    return result
