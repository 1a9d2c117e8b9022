"""Public functions under the names of their symbols (relax.transform.NormalizeGlobalVar in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.ir.expr import Expr, Function, GlobalVar, IRModule
from relax_core.names import NameTable
from relax_core.visit import Mutator, map_leaves
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc
from tensor_core.passes import ModulePass, Pass, PassInfo


def NormalizeGlobalVar() -> Pass:
    """Give every public function the name of its symbol."""
    return ModulePass(PassInfo(0, "NormalizeGlobalVar"), lambda module, _: normalize_global_vars(module))


def normalize_global_vars(module: IRModule) -> IRModule:
    """The module with every public function under its ``global_symbol``; private ones make room for them.

    The same object when nothing needs another name. R2R0109 when two functions have one symbol.
    """
    symbols = {var: _symbol(function) for var, function in module.functions.items()}
    if all(symbol in (None, var.name) for var, symbol in symbols.items()):
        return module
    names = NameTable()
    renamed: dict[Expr, GlobalVar] = {}
    for var, symbol in symbols.items():
        if symbol is not None:
            if names.unique(symbol) != symbol:
                raise fail(codes.DUPLICATE_NAME, f"two functions have the global symbol {symbol}", var.span)
            renamed[var] = _named(var, symbol)
    for var, symbol in symbols.items():
        if symbol is None:
            renamed[var] = _named(var, names.unique(var.name))
    result = IRModule({}, module.type_definitions, module.attrs, module.global_infos, module.params, module.release)
    for var in [*(v for v in symbols if symbols[v] is not None), *(v for v in symbols if symbols[v] is None)]:
        function = module[var]
        result[renamed[var]] = _Renamer(renamed).run(function) if isinstance(function, Function) else function
    return result


def _symbol(function: BaseFunc) -> str | None:
    attrs = getattr(function, "attrs", None)
    return attrs.get("global_symbol") if attrs else None


def _named(var: GlobalVar, name: str) -> GlobalVar:
    if var.name == name:
        return var
    made = GlobalVar(name, var.span)
    made.memo("checked", var.checked)
    return made


class _Renamer(Mutator):
    def __init__(self, renamed: dict[Expr, GlobalVar]) -> None:
        super().__init__()
        self._renamed = renamed

    def leaf(self, expr: Expr) -> Expr:
        return map_leaves(expr, lambda leaf: self._renamed.get(leaf, leaf))
