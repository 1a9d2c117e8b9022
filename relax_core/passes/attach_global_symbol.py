"""AttachGlobalSymbol: every function can be called from outside (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Expr, Function, GlobalVar, IRModule, PrimFunc
from relax_core.visit import Mutator, map_leaves
from tensor_core.passes import ModulePass, Pass, PassInfo


def AttachGlobalSymbol() -> Pass:
    """Give functions their names as global symbols; with the module attribute ``system_lib_prefix``, tensor programs
    get that in front, and are called by the new names.
    """
    return ModulePass(PassInfo(0, "AttachGlobalSymbol"), lambda module, _: attach_global_symbols(module))


def attach_global_symbols(module: IRModule) -> IRModule:
    """The module with global symbols; the same object when all functions have theirs."""
    prefix = str(module.attrs.get("system_lib_prefix") or "")
    renamed: dict[Expr, GlobalVar] = {}
    functions: dict[GlobalVar, Any] = {}
    changed = False
    for var, function in module.functions.items():
        functions[var] = function
        if not isinstance(function, Function | PrimFunc):
            continue
        name = var.name if isinstance(function, Function) else prefix + var.name
        if (function.attrs or {}).get("global_symbol") != name:
            functions[var] = function.with_attr("global_symbol", name)
            changed = True
        if name != var.name:
            new = renamed[var] = GlobalVar(name, var.span)
            new.memo("checked", var.checked)
    if not changed:
        return module
    result = module.copy()
    for var, function in functions.items():
        if var in renamed:
            del result[var]
        if isinstance(function, Function) and renamed:
            function = _Renamer(renamed).run(function)
        result[renamed.get(var, var)] = function
    return result


class _Renamer(Mutator):
    def __init__(self, renamed: dict[Expr, GlobalVar]) -> None:
        super().__init__()
        self._renamed = renamed

    def leaf(self, expr: Expr) -> Expr:
        """Call functions by their new names."""
        return map_leaves(expr, lambda leaf: self._renamed.get(leaf, leaf))
