"""CapturePostDfsIndexInSpans: spans tell the number of a node, operands first, and that of its dominator (TVM 0.19)."""

from __future__ import annotations

from relay_compat.dataflow_pattern.graph import IndexedGraph
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Function, Op
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.spans import Span


def CapturePostDfsIndexInSpans() -> Pass:
    """The pass: lines of spans are numbers of nodes, columns those of dominators, -1 where there is none."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Numbering(IndexedGraph(function)).rewrite(function)

    return FunctionPass(PassInfo(0, "CapturePostDfsIndexInSpans"), run)


class _Numbering(Rewriter):
    def __init__(self, graph: IndexedGraph) -> None:
        super().__init__()
        self._graph = graph

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Expr) or isinstance(old, (Op, Constructor)):
            return new
        number = self._graph.index[old]
        dominator = self._graph.dominator[number]
        return new.replace(span=Span("index", number, dominator, number, dominator))
