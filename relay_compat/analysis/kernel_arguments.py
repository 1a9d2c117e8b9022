"""How many arguments a kernel would get, for targets that limit them (TVM 0.19's GraphPartitioner)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from relay_compat.analysis.forward_graph import ForwardGraph, GraphNode
from relay_compat.ir.expr import Call, Expr, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType
from tensor_core.prim import AnyDim

if TYPE_CHECKING:
    from relay_compat.analysis.partition import Group


def own_arguments(expr: Expr) -> int:
    """The arguments that the operands of one value need; an unknown dimension is passed, too, with all strides."""
    if isinstance(expr, Var):
        return 1 + _passed_dims(expr, True)
    operands = [operand for operand in _operands(expr) if isinstance(operand, (Var, TupleGetItem))]
    return sum(1 + _passed_dims(operand, True) for operand in operands)


class ArgumentLimit:
    """Keeps groups from outgrowing a limit; 0 is no limit.

    How many arguments a group gets is only known once the groups that feed it are complete. Until then joining is
    postponed: it is ``due`` when the waiting value's turn comes.
    """

    def __init__(self, graph: ForwardGraph, groups: Sequence[Group], limit: int) -> None:
        self._graph = graph
        self._groups = groups
        self._limit = limit
        self._waiting: defaultdict[GraphNode, list[GraphNode]] = defaultdict(list)
        self._open: GraphNode | None = None

    def begin(self) -> None:
        """A new value is looked at."""
        self._open = None

    def due(self, node: GraphNode) -> Iterator[GraphNode]:
        """The values whose joining waited for this one and that may still join; joining them changes the answer."""
        for source in self._waiting.pop(node, ()):
            if self._count(node) <= self._left(node):
                yield source

    def postpone(self, source: GraphNode) -> bool:
        """Whether joining must wait; if so, it is noted."""
        if self._open is None:
            return False
        self._waiting[self._open].append(source)
        return True

    def allows(self, node: GraphNode) -> bool:
        """Whether the kernels that use the value would have few enough arguments with it."""
        left = self._left(node) if self._limit else 0
        return not left or max((self._count_ready(user) for user, _ in node.uses), default=0) <= left

    def _left(self, node: GraphNode) -> int:
        """The limit less what the results take."""
        results = sum(
            1 + (_passed_dims(user.expr, False) if isinstance(user.expr, Call) else 0) for user, _ in node.uses
        )
        return max(self._limit - results, 0)

    def _count_ready(self, node: GraphNode) -> int:
        total, unknown = self._of_operands(node)
        if unknown:
            self._open = node
        return total

    def _count(self, node: GraphNode) -> int:
        total, stack = 0, [node]
        while stack:
            counted, unknown = self._of_operands(stack.pop())
            total += counted
            stack.extend(unknown)
        return total

    def _of_operands(self, node: GraphNode) -> tuple[int, list[GraphNode]]:
        """The arguments of a value with the groups that feed it, and the operands whose groups have none yet."""
        group = self._groups[node.index]
        total, unknown = group.args, list[GraphNode]()
        seen = {group.find()}
        for operand in _operands(node.expr):
            feeding = self._graph.nodes.get(operand)
            if isinstance(operand, Var) or feeding is None or feeding.index < 0:
                continue
            root = self._groups[feeding.index].find()
            if root not in seen:
                seen.add(root)
                total += root.args
                if not root.args:
                    unknown.append(feeding)
        return total, unknown


def _operands(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Call) else expr.fields if isinstance(expr, Tuple) else ()


def _passed_dims(expr: Expr, with_strides: bool) -> int:
    type_ = getattr(expr, "checked", None)
    if not isinstance(type_, TensorType):
        return 0
    unknown = sum(isinstance(dim, AnyDim) for dim in type_.shape)
    return unknown + (type_.rank if unknown and with_strides else 0)
