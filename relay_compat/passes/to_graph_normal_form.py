"""ToGraphNormalForm: let variables replaced by their values, which their users share (TVM 0.19's pass of this name)."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.analysis import free_vars
from relay_compat.ir.expr import Expr, Function, Let
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo


def ToGraphNormalForm() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return to_graph_normal_form(function)

    return FunctionPass(PassInfo(1, "ToGraphNormalForm"), run)


def to_graph_normal_form(expr: Expr) -> Expr:
    """The expression without lets, except around values that refer to their own variable."""
    return _Graph().rewrite(expr)


class _Graph(Rewriter):
    def order(self, node: Node) -> Iterator[Node]:
        if not isinstance(node, Let):
            yield from node.iter_children()
            return
        yield node.value
        value = self.done[node.value]
        recursive = node.var in free_vars(value)
        self.done[node.var] = Let(node.var, value, node.var) if recursive else value
        yield node.body

    def _rebuild(self, node: Node) -> Node:
        return self.done[node.body] if isinstance(node, Let) else super()._rebuild(node)
