"""RemoveUnusedParameters: private functions without parameters they do not use (relax.transform of TVM 0.19 to 0.27).

Symbolic variables that only such a parameter defined get a parameter of their own. Functions that are held as values
stay as they are; TVM leaves those values without a function.
"""

from __future__ import annotations

from typing import Any

from relax_core.analysis.variables import free_vars
from relax_core.binding import symbols_of
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import Call, Expr, Function, GlobalVar, IRModule, PrimValue, ShapeExpr, Var
from relax_core.ir.types import PrimType, ShapeType
from relax_core.passes.function_pass import relax_release
from relax_core.passes.remove_unused import remove_unused
from relax_core.reachable import held_as_values, is_exposed
from relax_core.types.leaves import type_of
from relax_core.types.relations import definable_symbols
from relax_core.visit import Mutator, with_type
from tensor_core import shapes
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps

_SCALARS_DEFINE = ("0.19", "0.21", "0.25")
"""Releases in which a scalar parameter defines a symbolic variable; later ones use a shape of one dimension."""


def RemoveUnusedParameters() -> Pass:
    """Remove them, and what computed the arguments."""
    return ModulePass(PassInfo(0, "RemoveUnusedParameters"), lambda module, _: remove_unused_parameters(module))


def remove_unused_parameters(module: IRModule) -> IRModule:
    """The module whose private functions have only parameters that they use; the same object when all do."""
    scalars = relax_release(module) in _SCALARS_DEFINE
    held = held_as_values(module)
    callees: dict[Expr, _Callee] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function) and not is_exposed(function) and var not in held:
            callee = _Callee(var, function, scalars)
            if callee.changes:
                callees[var] = callee
    if not callees:
        return module
    result = module.copy()
    caller = _Caller(callees)
    for var, function in module.functions.items():
        callee = callees.get(var)
        if callee is not None:
            del result[var]
            function = callee.function
        if isinstance(function, Function):
            function = caller.run(function)
        result[callee.var if callee is not None else var] = function
    return result


class _Callee:
    """A function with the parameters that it uses."""

    def __init__(self, var: GlobalVar, function: Function, scalars: bool) -> None:
        used = set(free_vars(function.body))
        self.var = GlobalVar(var.name, var.span)
        self.changes = not used.issuperset(function.params)
        self.function = function
        self._params = function.params
        self._scalars = scalars
        self._kept = [param in used for param in function.params]
        self._symbols: tuple[SymbolicVar, ...] = ()
        if self.changes:
            self._reduce(function, [param for param in function.params if param in used])

    def _reduce(self, function: Function, params: list[Var]) -> None:
        known = {symbol for param in params if param.ty is not None for symbol in definable_symbols(param.ty)}
        # The order is TVM's, which keeps them in a set that it reads backwards.
        self._symbols = tuple(symbol for symbol in reversed(free_symbols(function.body)) if symbol not in known)
        for symbol in self._symbols:
            type_ = PrimType(symbol.dtype, symbol) if self._scalars else ShapeType((symbol,))
            params.append(Var(f"param_{symbol.name}", type_))
        self.function = function.replace(params=tuple(params))
        self.var.memo("checked", type_of(self.function))

    def called(self, call: Call) -> Call:
        """The call of what the function has become."""
        args = [arg for arg, kept in zip(call.args, self._kept, strict=True) if kept]
        if self._symbols:
            values = symbols_of(dict(zip(self._params, call.args, strict=True)))
            for symbol in self._symbols:
                dim = values.get(symbol, symbol)
                args.append(PrimValue(shapes.as_expr(dim)) if self._scalars else ShapeExpr((dim,)))
        return with_type(call.replace(op=self.var, args=tuple(args)), call)


class _Caller(Mutator):
    def __init__(self, callees: dict[Expr, _Callee]) -> None:
        super().__init__()
        self._callees = callees

    def leaf(self, expr: Expr) -> Expr:
        """Call what functions have become."""
        expr = super().leaf(expr)
        callee = self._callees.get(expr.op) if isinstance(expr, Call) else None
        return expr if callee is None or not isinstance(expr, Call) else callee.called(expr)

    def function(self, function: Function) -> Steps[Function]:
        """A caller loses what it computed for parameters that are gone."""
        new: Any = yield super().function(function)
        return new if new is function else remove_unused(new)
