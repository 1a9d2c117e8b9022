"""Functions with parameters and symbolic variables given values (relax.Bind in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.ir.expr import Expr, Function, Var
from relax_core.symbol_mutator import SymbolMutator
from relax_core.types.leaves import type_of
from relax_core.types.relations import bind_symbols
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.trampoline import Steps, run

__all__ = ["bind", "symbols_of"]


def symbols_of(values: Mapping[Var, Expr]) -> dict[SymbolicVar, Dim]:
    """What symbolic variables in the types of these variables stand for when they have these values."""
    dims: dict[SymbolicVar, Dim] = {}
    for var, value in values.items():
        given = type_of(value)
        if var.ty is not None and given is not None:
            bind_symbols(var.ty, given, dims)
    return {symbol: dim for symbol, dim in dims.items() if dim is not symbol}


def bind(
    function: Function, values: Mapping[Var, Expr], dims: Mapping[SymbolicVar, Dim] | None = None, release: str = "0.27"
) -> Function:
    """The function, in normal form, with leaves in the place of parameters, which it loses, and with symbolic variables
    replaced: those of ``dims``, and those that the types of the values determine.
    """
    binder = _Binder(release)
    binder.replaced.update(values)
    binder.dims.update({**symbols_of(values), **(dims or {})})
    return run(binder.outermost(function))


class _Binder(SymbolMutator):
    def outermost(self, function: Function) -> Steps[Function]:
        """Bind in a function; local functions keep their parameters."""
        left = tuple(param for param in function.params if param not in self.replaced)
        return self.function(function if len(left) == len(function.params) else function.replace(params=left))
