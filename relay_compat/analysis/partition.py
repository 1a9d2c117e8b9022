"""Which values are computed together in one kernel (GraphPartitioner in TVM 0.19).

A value joins its post-dominator, the nearest value that all its uses lead to, when the patterns of everything between
allow that. Three rounds: matrix-like operators take what follows elementwise; injective chains join; what feeds a tuple
that is consumed inside a kernel joins last.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_compat.analysis.forward_graph import (
    BROADCAST,
    ELEMENTWISE,
    INJECTIVE,
    OPAQUE,
    OUT_FUSABLE,
    REDUCE,
    TUPLE,
    ForwardGraph,
    GraphNode,
)
from relay_compat.analysis.kernel_arguments import ArgumentLimit, own_arguments
from relay_compat.ir.expr import Expr
from tensor_core.post_dominators import Dominator, between, post_dominators

Condition = Callable[[int, bool], bool]


class Group:
    """The values of one kernel, as a set of a union-find; the fields count at its root only."""

    __slots__ = ("anchor", "args", "parent", "pattern", "root", "size")

    def __init__(self, node: GraphNode) -> None:
        self.parent: Group | None = None
        self.pattern = node.pattern
        self.root: Expr = node.expr
        """The value that the kernel returns."""
        self.anchor: Expr | None = node.expr if node.pattern == OUT_FUSABLE else None
        self.size = 1
        self.args = own_arguments(node.expr)

    def find(self) -> Group:
        """The root of the set."""
        root = self
        while root.parent is not None:
            root = root.parent
        item = self
        while item is not root:
            assert item.parent is not None
            item.parent, item = root, item.parent
        return root

    def merge_into(self, other: Group) -> None:
        """Make this set part of another."""
        child, parent = self.find(), other.find()
        if child is parent:
            return
        parent.size += child.size
        parent.args += child.args
        child.parent = parent
        if child.anchor is not None:
            assert parent.anchor is None
            parent.anchor = child.anchor
            parent.pattern = max(child.pattern, parent.pattern)


def partition(graph: ForwardGraph, opt_level: int, max_depth: int, max_args: int = 0) -> dict[Expr, Group]:
    """The group of every value of the graph; at level 0 each has its own.

    A group has at most ``max_depth`` values and, unless that is 0, ``max_args`` arguments and results.
    """
    work = _Partition(graph, max_depth, max_args)
    if opt_level > 0:
        for phase in range(3):
            work.fuse(phase)
    return {node.expr: work.groups[node.index] for node in graph.order}


class _Partition:
    def __init__(self, graph: ForwardGraph, max_depth: int, max_args: int) -> None:
        self._graph = graph
        self._max_depth = max_depth
        self.groups = [Group(node) for node in graph.order]
        self._dominators = post_dominators(graph.order)
        self._limit = ArgumentLimit(graph, self.groups, max_args)

    def fuse(self, phase: int) -> None:
        """One round over all values."""
        for node, dominator, group in zip(self._graph.order, self._dominators, self.groups, strict=True):
            self._limit.begin()
            self._fuse_postponed(node)
            if group.pattern == OPAQUE or dominator.parent is None:
                continue
            sink = dominator.parent.node
            if self._size_with(node, sink) > self._max_depth or not self._limit.allows(node):
                continue
            if self._wanted(phase, node, dominator, sink):
                self._commit(node, sink)

    def _wanted(self, phase: int, node: GraphNode, dominator: Dominator[Expr], sink: GraphNode) -> bool:
        group, target = self.groups[node.index], self.groups[sink.index]
        if phase == 2:
            # The tuple itself has joined an injective kernel: what feeds it may join, too.
            inside = target.pattern == TUPLE and target.find().pattern <= INJECTIVE
            return group.pattern <= INJECTIVE and inside and self._path(node, sink, _injective)
        if group.find() is target.find() or target.pattern == TUPLE:
            return False
        if group.pattern == OUT_FUSABLE:
            return phase == 0 and dominator.pattern == ELEMENTWISE and self._path(node, sink, _broadcast)
        if group.pattern <= BROADCAST:
            near = dominator.pattern <= INJECTIVE or dominator.pattern == REDUCE
            return near and self._path(node, sink, _into_anything)
        if group.pattern in (INJECTIVE, TUPLE):
            return phase == 1 and self._path(node, sink, _injective)
        return False

    def _fuse_postponed(self, node: GraphNode) -> None:
        for source in self._limit.due(node):
            parent = self._dominators[source.index].parent
            assert parent is not None
            if self.groups[parent.node.index].anchor is None:
                self._commit(source, parent.node)

    def _commit(self, source: GraphNode, sink: GraphNode) -> None:
        if self._limit.postpone(source):
            return
        target = self.groups[sink.index]
        for node in between(source, sink):
            self.groups[node.index].merge_into(target)

    def _size_with(self, source: GraphNode, sink: GraphNode) -> int:
        inside = sum(self.groups[node.index].size for node in between(source, sink))
        return self.groups[sink.index].find().size + inside

    def _path(self, source: GraphNode, sink: GraphNode, condition: Condition) -> bool:
        """Whether the groups of all values after ``source``, up to and including ``sink``, meet the condition."""
        patterns = (self.groups[node.index].find().pattern for node in between(source, sink)[1:])
        return all(condition(pattern, False) for pattern in patterns) and condition(
            self.groups[sink.index].find().pattern, True
        )


def _broadcast(pattern: int, is_sink: bool) -> bool:
    del is_sink
    return pattern <= BROADCAST


def _injective(pattern: int, is_sink: bool) -> bool:
    del is_sink
    return pattern <= INJECTIVE


def _into_anything(pattern: int, is_sink: bool) -> bool:
    return pattern <= INJECTIVE or (is_sink and pattern in (REDUCE, OUT_FUSABLE))
