"""BindSymbolicVars: symbolic variables become known (relax.transform.BindSymbolicVars in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from relax_core.analysis.walk import walk
from relax_core.binding import bind
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import Function, GlobalVar, IRModule, MatchCast
from relax_core.passes.function_pass import relax_release, updated
from relax_core.types.relations import definable_symbols
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim

Key = str | SymbolicVar


def BindSymbolicVars(binding_map: Mapping[Key, Dim], func_name: str | None = None) -> Pass:
    """Replace symbolic variables, by themselves or by name, in one function or in all that have them."""
    return ModulePass(
        PassInfo(1, "relax.BindSymbolicVars"), lambda module, _: bind_symbolic_vars(module, binding_map, func_name)
    )


def bind_symbolic_vars(module: IRModule, binding_map: Mapping[Key, Dim], func_name: str | None = None) -> IRModule:
    """The module with symbolic variables bound. R2R0103 for a variable that no function has. R2R0205 where
    ``func_name`` is no Relax function.
    """
    release = relax_release(module)
    changed: dict[GlobalVar, Any] = {}
    if func_name is not None:
        var = module.get_global_var(func_name)
        function = module[var]
        if not isinstance(function, Function):
            raise fail(codes.ILL_FORMED, f"{func_name} is no Relax function")
        return updated(module, {var: bind_function_symbols(function, binding_map, release)})
    unused = set(binding_map)
    for var, function in module.functions.items():
        if not isinstance(function, Function):
            continue
        own = list(defined_symbols(function))
        found = {key: dim for key, dim in binding_map.items() if any(_is(symbol, key) for symbol in own)}
        unused.difference_update(found)
        changed[var] = bind_function_symbols(function, found, release)
    if unused:
        names = ", ".join(sorted(map(_name, unused)))
        raise fail(codes.UNDEFINED_NAME, f"no function has the symbolic variables {names}")
    return updated(module, changed)


def bind_function_symbols(function: Function, binding_map: Mapping[Key, Dim], release: str = "0.27") -> Function:
    """The function, in normal form, with these symbolic variables replaced.

    R2R0103 for one that it does not define, R2R0109 for a name that several have, R2R0205 when a replacement is not
    known inside the function.
    """
    if not binding_map:
        return function
    own = list(defined_symbols(function))
    dims: dict[SymbolicVar, Dim] = {}
    for key, dim in binding_map.items():
        found = [symbol for symbol in own if _is(symbol, key)]
        if not found:
            raise fail(codes.UNDEFINED_NAME, f"the function has no symbolic variable {_name(key)}", function.span)
        if len(found) > 1 or found[0] in dims:
            raise fail(codes.DUPLICATE_NAME, f"the symbolic variable {_name(key)} is not unique", function.span)
        dims[found[0]] = dim
    result = bind(function, {}, dims, release)
    left = free_symbols(result)
    if left:
        names = ", ".join(symbol.name for symbol in left)
        raise fail(codes.ILL_FORMED, f"the function would use the undefined symbolic variables {names}", function.span)
    return result


def defined_symbols(function: Function) -> Iterable[SymbolicVar]:
    """The symbolic variables that parameters and match_casts of a function define, in order."""
    found: dict[SymbolicVar, None] = {}
    for node, done in walk(function):
        if done:
            continue
        if isinstance(node, Function):
            types = [param.ty for param in node.params if param.ty is not None]
        else:
            types = [node.ty] if isinstance(node, MatchCast) else []
        found.update((symbol, None) for type_ in types for symbol in definable_symbols(type_))
    return found


def _is(symbol: SymbolicVar, key: Key) -> bool:
    return symbol.name == key if isinstance(key, str) else symbol is key


def _name(key: Key) -> str:
    return key if isinstance(key, str) else key.name
