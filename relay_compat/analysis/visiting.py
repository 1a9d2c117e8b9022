"""Questions that one walk over the nodes of a program answers (tvm.relay.analysis in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relay_compat.ir.expr import Call, Constant, Expr, Let, Op, Tuple, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import Node, post_order

__all__ = ["check_constant", "extract_intermdeiate_expr", "list_op_freqs", "post_order_visit"]


def post_order_visit(expr: Expr, fvisit: Callable[[Expr], None]) -> None:
    """Call ``fvisit`` with every expression once, operands before users; a variable after the value that it is bound
    to.
    """
    for node in post_order((expr,), _visited):
        if isinstance(node, Expr):
            fvisit(node)


def _visited(node: Node) -> Iterator[Node]:
    return iter((node.value, node.var, node.body)) if isinstance(node, Let) else node.iter_children()


def check_constant(expr: Expr) -> bool:
    """Whether the expression is a constant, or a tuple of such."""
    leaves: list[Expr] = [expr]
    while leaves:
        leaf = leaves.pop()
        if isinstance(leaf, Tuple):
            leaves.extend(leaf.fields)
        elif not isinstance(leaf, Constant):
            return False
    return True


def list_op_freqs(mod: IRModule) -> dict[str, int]:
    """How often each operator is called in the function "main", functions inside it included."""
    found: dict[str, int] = {}
    for node in reachable(mod["main"]):
        if isinstance(node, Call) and isinstance(node.op, Op):
            found[node.op.name] = found.get(node.op.name, 0) + 1
    return found


def extract_intermdeiate_expr(mod: IRModule, expr_id: int) -> IRModule:
    """A module of one value that "main" computes: that with number ``expr_id`` in its text, if all are numbered.

    Calls, tuples and projections count. R2R0205 for a number that there is not.
    """
    counted = [node for node in reachable(mod["main"]) if isinstance(node, (Call, Tuple, TupleGetItem))]
    if not 0 <= expr_id < len(counted):
        raise fail(codes.ILL_FORMED, f"the function has no value %{expr_id}: it computes {len(counted)}")
    return IRModule.from_expr(counted[expr_id])
