"""ToGraphNormalForm: let variables replaced by their values, which their users share (TVM 0.19's pass of this name)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

from relay_compat.ir.expr import Expr, Function, Let
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo

E = TypeVar("E", bound=Expr)


def ToGraphNormalForm() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return to_graph_normal_form(function)

    return FunctionPass(PassInfo(1, "ToGraphNormalForm"), run)


def to_graph_normal_form(expr: E) -> E:
    """The expression without lets, except around values that refer to their own variable."""
    return _Graph().rewrite(expr)


class _Graph(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self._open: set[Node] = set()
        self._recursive: set[Node] = set()

    def order(self, node: Node) -> Iterator[Node]:
        if node in self._open:
            self._recursive.add(node)
        if not isinstance(node, Let):
            yield from node.iter_children()
            return
        self._open.add(node.var)
        yield node.value
        self._open.remove(node.var)
        value = cast(Expr, self.done[node.value])
        self.done[node.var] = Let(node.var, value, node.var) if node.var in self._recursive else value
        yield node.body

    def _rebuild(self, node: Node) -> Node:
        return self.done[node.body] if isinstance(node, Let) else super()._rebuild(node)
