"""Dominator patterns: all ways up from an expression lead, through what the path pattern matches, to one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay_compat.dataflow_pattern.patterns import DominatorPattern, parts_of
from relay_compat.ir.expr import Call, Constant, Expr, Var
from tensor_core.node import Node
from tensor_core.trampoline import Steps

if TYPE_CHECKING:
    from relay_compat.dataflow_pattern.matcher import Matcher

MOST_VISITS = 10_000
"""After so many steps along paths, a node that was walked through before is not walked through again: where ways part
and meet over and over, their number grows exponentially.
"""


class Paths:
    """Walks up from expressions of one graph."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._parts: dict[DominatorPattern, frozenset[Node] | None] = {}
        self._blind: dict[DominatorPattern, set[Expr]] = {}
        """Nodes from which a way up was seen to end without a parent."""

    def reach(self, pattern: DominatorPattern, expr: Expr) -> Steps[bool]:
        """Whether every way up from an expression reaches the parent. Leaves ``memoize`` changed."""
        matcher, blind = self._matcher, self._blind.setdefault(pattern, set())
        parts = self._own_parts(pattern)
        independent = parts is not None and parts.isdisjoint(matcher.memo)
        walked: set[Expr] = set()
        visits = 0
        # Each frame: a node and those of its inputs that are left, the next one last.
        stack: list[tuple[Expr, list[Expr]]] = []
        failed = not self._enter(expr, stack)
        while stack and not failed:
            pending = stack[-1][1]
            if not pending:
                stack.pop()
                continue
            source = pending.pop()
            matcher.memoize = True
            if (yield matcher.visit(pattern.parent, source)):
                continue
            visits += 1
            matcher.memoize = False
            if (independent and source in blind and pattern.parent not in matcher.memo) or not (
                yield matcher.visit(pattern.path, source)
            ):
                failed = True
            elif visits <= MOST_VISITS or source not in walked:
                walked.add(source)
                failed = not self._enter(source, stack)
        if failed and independent and pattern.parent not in matcher.memo:
            blind.update(node for node, _ in stack)
        return not failed

    def _enter(self, expr: Expr, stack: list[tuple[Expr, list[Expr]]]) -> bool:
        """Begin with the inputs of a node, the first one first; False when there are none that count."""
        inputs = self._inputs(expr)
        stack.append((expr, inputs[::-1]))
        return bool(inputs)

    def _inputs(self, expr: Expr) -> list[Expr]:
        """What a node is computed from: of a call without callee, constants and variables."""
        graph = self._matcher.graph
        sources = [graph.nodes[number] for number in graph.inputs[graph.index[expr]]]
        if not isinstance(expr, Call):
            return sources
        return [item for item in sources if item is not expr.op and not isinstance(item, (Constant, Var))]

    def dominates(self, pattern: DominatorPattern, expr: Expr) -> Steps[bool]:
        """Whether an expression that the parent matches is dominated by ``expr``."""
        matcher, graph = self._matcher, self._matcher.graph
        above = graph.index[expr]
        known = matcher.memo.get(pattern.parent)
        if known is not None and len(known) == 1:
            return graph.dominates(above, graph.index[known[0]])
        for number in range(above - 1, -1, -1):
            if graph.dominates(above, number) and (yield matcher.visit(pattern.parent, graph.nodes[number])):
                return True
        return False

    def _own_parts(self, pattern: DominatorPattern) -> frozenset[Node] | None:
        """The patterns in parent and path; None where both have one in common.

        Where one of them matched before, what matches now depends on that.
        """
        if pattern not in self._parts:
            parent, path = (frozenset(parts_of(item)) for item in (pattern.parent, pattern.path))
            self._parts[pattern] = parent | path if parent.isdisjoint(path) else None
        return self._parts[pattern]
