"""The post-dominators of a dataflow graph, on which fusion works (DominatorTree in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from tensor_core.ops.card import Pattern

E = TypeVar("E")

_ELEMENTWISE = Pattern.ELEMENTWISE.value
_OPAQUE = Pattern.OPAQUE.value


class GraphNode(Generic[E]):
    """One value: the expression it comes from, its place in the order, its pattern, and its uses as pairs of user and
    pattern of the use. ``external``: it is also used where nothing can be fused.
    """

    __slots__ = ("expr", "external", "index", "pattern", "uses")

    def __init__(self, expr: E) -> None:
        self.expr = expr
        self.index = -1
        self.external = False
        self.pattern = _OPAQUE
        self.uses: list[tuple[GraphNode[E], int]] = []


class Dominator(Generic[E]):
    """A value in the tree of post-dominators; ``pattern`` is that of all uses on the way to the parent."""

    __slots__ = ("depth", "node", "parent", "pattern")

    def __init__(self, node: GraphNode[E], parent: Dominator[E] | None, pattern: int) -> None:
        self.node = node
        self.parent = parent
        self.pattern = pattern
        self.depth = 1 if parent is None else parent.depth + 1


def post_dominators(order: Sequence[GraphNode[E]]) -> list[Dominator[E]]:
    """The nearest value that all uses of a value lead to, for each; operands come before users."""
    found: list[Dominator[E]] = []
    by_node: dict[GraphNode[E], Dominator[E]] = {}
    for node in reversed(order):
        parent, pattern = (None, _OPAQUE) if node.external else _nearest(node, by_node)
        by_node[node] = Dominator(node, parent, pattern)
        found.append(by_node[node])
    found.reverse()
    return found


def between(source: GraphNode[E], sink: GraphNode[E]) -> list[GraphNode[E]]:
    """``source`` and all values on the ways from it to its post-dominator, which is left out."""
    seen = {source: None}
    stack = [source]
    while stack:
        for user, _ in stack.pop().uses:
            if user is not sink and user not in seen:
                seen[user] = None
                stack.append(user)
    return list(seen)


def _nearest(node: GraphNode[E], known: dict[GraphNode[E], Dominator[E]]) -> tuple[Dominator[E] | None, int]:
    pattern = _ELEMENTWISE
    if not node.uses:
        return None, pattern
    parent: Dominator[E] | None = known[node.uses[0][0]]
    for user, used in node.uses:
        parent, inner = _common(parent, known[user])
        pattern = max(pattern, inner, used)
    return parent, pattern


def _common(left: Dominator[E] | None, right: Dominator[E] | None) -> tuple[Dominator[E] | None, int]:
    pattern = _ELEMENTWISE
    while left is not right:
        if left is None or right is None:
            return None, pattern
        depth = min(left.depth, right.depth)
        a, b = left, right
        if a.depth > depth or b.depth == depth:
            pattern, left = max(pattern, a.pattern), a.parent
        if b.depth > depth or a.depth == depth:
            pattern, right = max(pattern, b.pattern), b.parent
    return left, pattern
