"""Which variables an expression binds, uses and leaves free (relax.analysis in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterator

from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, Call, Function, GlobalVar, IRModule, PrimFunc, Var
from tensor_core.node import Node
from tensor_core.tir.functor import callees


def bound_vars(expr: Node) -> list[Var]:
    """The variables that an expression declares: parameters and bindings, in order."""
    return list(dict.fromkeys(var for var, bound in _variables(expr) if bound))


def all_vars(expr: Node) -> list[Var]:
    """Every variable of an expression, in order of first occurrence."""
    return list(dict.fromkeys(var for var, _ in _variables(expr)))


def free_vars(expr: Node) -> list[Var]:
    """The variables that an expression uses but does not declare, in order of first use."""
    found: dict[Var, bool] = {}
    for var, bound in _variables(expr):
        found[var] = found.get(var, False) or bound
    return [var for var, bound in found.items() if not bound]


def used_vars(expr: Node) -> list[Var]:
    """The variables that an expression refers to, in order of first use."""
    return list(dict.fromkeys(node for node, done in walk(expr) if not done and isinstance(node, Var)))


def all_global_vars(expr: Node) -> list[GlobalVar]:
    """The global variables of an expression or tensor program, in order of first occurrence."""
    if isinstance(expr, PrimFunc):
        return callees(expr)
    return list(dict.fromkeys(node for node, done in walk(expr) if not done and isinstance(node, GlobalVar)))


def called_global_vars(expr: Node) -> list[GlobalVar]:
    """The global variables that an expression calls, in order of first call."""
    calls = (node for node, done in walk(expr) if not done and isinstance(node, Call))
    return list(dict.fromkeys(call.op for call in calls if isinstance(call.op, GlobalVar)))


def call_map(module: IRModule) -> dict[GlobalVar, list[GlobalVar]]:
    """For each Relax function of a module the global variables it refers to."""
    functions = module.functions.items()
    return {var: all_global_vars(function) for var, function in functions if isinstance(function, Function)}


def _variables(expr: Node) -> Iterator[tuple[Var, bool]]:
    """Variables in visiting order, with whether they are declared there."""
    for node, done in walk(expr):
        if done:
            continue
        if isinstance(node, Var):
            yield node, False
        elif isinstance(node, Binding):
            yield node.var, True
        elif isinstance(node, Function):
            for param in node.params:
                yield param, True
