"""BindParams: parameters become constants (relax.transform.BindParams in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from relax_core.binding import bind
from relax_core.ir.expr import Constant, Expr, Function, GlobalVar, IRModule, PrimValue, Var
from relax_core.passes.function_pass import relax_release, updated
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import PrimExpr, const


def BindParams(func_name: str, params: Mapping[str | Var, Any]) -> Pass:
    """Give parameters of the function of this name (its global symbol, or else its name in the module) values: arrays
    or expressions, by parameter or by its name.
    """
    return ModulePass(PassInfo(0, "BindParams"), lambda module, _: bind_params(module, func_name, params))


def bind_params(module: IRModule, func_name: str, params: Mapping[str | Var, Any]) -> IRModule:
    """The module with parameters bound. R2R0103 for a parameter that the function does not have."""
    changed: dict[GlobalVar, Any] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function) and ((function.attrs or {}).get("global_symbol") or var.name) == func_name:
            changed[var] = bind_function_params(function, params, relax_release(module))
    return updated(module, changed)


def bind_function_params(function: Function, params: Mapping[str | Var, Any], release: str = "0.27") -> Function:
    """The function, in normal form, without the bound parameters; symbolic variables that follow from the values are
    replaced. R2R0109 for a parameter that is bound twice.
    """
    values: dict[Var, Expr] = {}
    for key, value in params.items():
        var = _param(function, key)
        if var in values:
            raise fail(codes.DUPLICATE_NAME, f"parameter {var.name} is bound twice", var.span)
        values[var] = _expression(value)
    return bind(function, values, release=release) if values else function


def _param(function: Function, key: str | Var) -> Var:
    found = [param for param in function.params if param is key or param.name == key]
    if len(found) == 1:
        return found[0]
    name = key if isinstance(key, str) else key.name
    if found:
        raise fail(codes.DUPLICATE_NAME, f"several parameters are called {name}", function.span)
    names = [param.name for param in function.params]
    raise fail(codes.UNDEFINED_NAME, f"there is no parameter {name}", function.span, did_you_mean(name, names))


def _expression(value: Any) -> Expr:
    """An expression as it is, a number as a scalar (an int has 64 bits), an array as a constant."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, PrimExpr | int | float):
        natural = "bool" if isinstance(value, bool) else "int64" if isinstance(value, int) else "float32"
        return PrimValue(value if isinstance(value, PrimExpr) else const(value, natural))
    numpy = getattr(value, "numpy", None)
    return Constant(np.asarray(value if numpy is None else numpy()))
