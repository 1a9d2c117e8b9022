"""The variables of the functions around it that a local function uses."""

from __future__ import annotations

from relax_core.ir.expr import Binding, Expr, Function, MatchCast, SeqExpr, Var, VarBinding
from relax_core.visit import scopes, variables


def captures(function: Function) -> list[Var]:
    """The free variables of a function, each once, in the order of their first use."""
    bound: set[Var] = set()
    used: dict[Var, None] = {}
    stack: list[Expr | Binding] = [function]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            bound.update(item.params)
            stack.append(item.body)
        elif isinstance(item, SeqExpr):
            stack.append(item.body)
            stack.extend(binding for block in reversed(item.blocks) for binding in reversed(block.bindings))
        elif isinstance(item, VarBinding | MatchCast):
            bound.add(item.var)
            used.update(dict.fromkeys(variables(item.value)))
            stack.extend(reversed(scopes(item.value)))
        elif isinstance(item, Expr):
            used.update(dict.fromkeys(variables(item)))
    # A variable is bound once in a program, so that it is either bound inside or free throughout.
    return [var for var in used if var not in bound]
