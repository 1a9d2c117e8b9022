"""Which tensor programs become one function (GraphPartitioner in TVM 0.19 to 0.27).

A value joins its post-dominator, the nearest value that all its uses lead to, when the patterns of everything between
allow that. Two rounds: matrix-like programs take what follows elementwise; then injective chains join.
"""

from __future__ import annotations

from collections.abc import Callable

from relax_core.fusion.graph import FusionGraph
from relax_core.fusion.groups import Group, Groups
from relax_core.ir.expr import Expr
from tensor_core.ops.card import Pattern
from tensor_core.post_dominators import Dominator, GraphNode, between, post_dominators

ELEMENTWISE = Pattern.ELEMENTWISE.value
BROADCAST = Pattern.BROADCAST.value
INJECTIVE = Pattern.INJECTIVE.value
REDUCE = Pattern.REDUCE.value
OUT_FUSABLE = Pattern.OUT_FUSABLE.value
OPAQUE = Pattern.OPAQUE.value


class _PatternGroup(Group):
    """A group with the pattern of all of it; ``anchored``: it has a matrix-like program already."""

    __slots__ = ("anchored", "pattern")

    def __init__(self, pattern: int) -> None:
        super().__init__()
        self.pattern = pattern
        self.anchored = pattern == OUT_FUSABLE

    def top(self) -> _PatternGroup:
        """The root of the set."""
        found = self.find()
        assert isinstance(found, _PatternGroup)
        return found

    def merge_into(self, other: _PatternGroup) -> None:
        """Make this set part of another."""
        child, parent = self.top(), other.top()
        if child is parent:
            return
        parent.size += child.size
        child.parent = parent
        if child.anchored:
            parent.anchored = True
            parent.pattern = max(child.pattern, parent.pattern)


def partition(graph: FusionGraph, opt_level: int, max_depth: int) -> Groups:
    """The group of every value of the graph, of at most ``max_depth`` values; at level 0 each has its own."""
    groups = [_PatternGroup(node.pattern) for node in graph.order]
    if opt_level > 0:
        dominators = post_dominators(graph.order)
        for phase in range(2):
            for node, dominator in zip(graph.order, dominators, strict=True):
                _join(groups, node, dominator, phase, max_depth)
    return {node.expr: group for node, group in zip(graph.order, groups, strict=True)}


def _join(
    groups: list[_PatternGroup], node: GraphNode[Expr], dominator: Dominator[Expr], phase: int, max_depth: int
) -> None:
    group = groups[node.index]
    allowed = _condition(group.pattern, dominator.pattern, phase)
    if allowed is None or dominator.parent is None:
        return
    sink = dominator.parent.node
    target = groups[sink.index]
    if group.find() is target.find():
        return
    inner = [groups[item.index] for item in between(node, sink)]
    if target.top().size + sum(item.size for item in inner) > max_depth:
        return
    if all(allowed(item.top().pattern, False) for item in inner[1:]) and allowed(target.top().pattern, True):
        for item in inner:
            item.merge_into(target)


def _condition(pattern: int, way: int, phase: int) -> Callable[[int, bool], bool] | None:
    """What the patterns between must meet for a value to join, whose way to its post-dominator has the pattern ``way``;
    None when it does not join in this round.
    """
    if pattern == OUT_FUSABLE:
        return _broadcast if phase == 0 and way == ELEMENTWISE else None
    if pattern <= BROADCAST:
        return _into_anything if way <= INJECTIVE or way == REDUCE else None
    return _injective if pattern == INJECTIVE and phase == 1 else None


def _broadcast(pattern: int, is_sink: bool) -> bool:
    del is_sink
    return pattern <= BROADCAST


def _injective(pattern: int, is_sink: bool) -> bool:
    del is_sink
    return pattern <= INJECTIVE


def _into_anything(pattern: int, is_sink: bool) -> bool:
    return pattern <= INJECTIVE or (is_sink and pattern in (REDUCE, OUT_FUSABLE))
