"""Whether an expression has effects (relax.analysis.contains_impure_call in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.analysis.walk import parts, walk
from relax_core.ir.expr import Call, Expr, Function, GlobalVar, Var
from relax_core.types.deduce import is_pure_call
from tensor_core.node import Node


def contains_impure_call(expr: Expr, own_name: Var | GlobalVar | None = None) -> bool:
    """Whether an expression, or the body of a function, calls anything that has effects.

    Calls inside of local functions do not count, nor do calls of ``own_name``, the function itself.
    """
    return find_impure_call(expr, own_name) is not None


def find_impure_call(expr: Expr, own_name: Var | GlobalVar | None = None) -> Call | None:
    """The first call that has effects; None when there is none."""
    root: Node = expr.body if isinstance(expr, Function) else expr
    for node, done in walk(root, _outside_of_functions):
        if not done and isinstance(node, Call) and node.op is not own_name and not is_pure_call(node):
            return node
    return None


def _outside_of_functions(node: Node) -> tuple[Node, ...]:
    return () if isinstance(node, Function) else parts(node)
