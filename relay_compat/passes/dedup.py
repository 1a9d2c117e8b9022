"""dedup: whatever variable or type variable an expression binds becomes a new one (TVM 0.19)."""

from __future__ import annotations

from typing import Any, TypeVar

from relay_compat.analysis import well_formed
from relay_compat.ir.adt import PatternVar
from relay_compat.ir.expr import Call, Function, Let, Var
from relay_compat.ir.types import TypeVar as RelayTypeVar
from relay_compat.types.substitute import substitute
from relay_compat.visit import Rewriter, reachable, with_type
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.node import Node

E = TypeVar("E", bound=Expr)


def dedup(expr: E) -> E:
    """The expression with new variables; inferred types are kept. DiagnosticError R2R0205 when it is ill formed."""
    if not well_formed(expr):
        raise fail(codes.ILL_FORMED, "a variable is bound twice, or used where it is not bound", expr.span)
    return _Renamer(expr).rewrite(expr)


class _Renamer(Rewriter):
    def __init__(self, root: Expr) -> None:
        super().__init__()
        self._types: dict[RelayTypeVar, Any] = {}
        bound: list[Var] = []
        for node in reachable(root):
            if isinstance(node, Function):
                bound += node.params
                self._types.update({var: RelayTypeVar(var.name, var.kind) for var in node.type_params})
            elif isinstance(node, (Let, PatternVar)):
                bound.append(node.var)
        for var in bound:
            new = Var(var.name, self._type(var.type_annotation), None, var.virtual_device)
            new.memo("checked", var.checked)
            self.done[var] = new

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(new, Function) and (new.type_params or new.ret_type is not None):
            params = tuple(self._types[var] for var in new.type_params)
            new = new.replace(type_params=params, ret_type=self._type(new.ret_type))
        elif isinstance(new, Call) and new.type_args:
            new = new.replace(type_args=tuple(map(self._type, new.type_args)))
        return with_type(old, new)

    def _type(self, type_: Any) -> Any:
        return type_ if type_ is None or not self._types else substitute(type_, self._types)
