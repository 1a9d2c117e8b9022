"""Rewriting where a node decides itself what of it is visited, and when; without Python's stack."""

from __future__ import annotations

from typing import Any, cast

from tensor_core.node import Node
from tensor_core.trampoline import Steps


class StepMutator:
    """Visits every node once; override :meth:`step`, and call :meth:`rebuild` for what stays as it is."""

    def __init__(self) -> None:
        self.done: dict[Node, Any] = {}

    def visit(self, node: Any) -> Steps[Any]:
        """What a node becomes."""
        if node not in self.done:
            self.done[node] = yield self.step(node)
        return self.done[node]

    def step(self, node: Node) -> Steps[Any]:
        """What a node becomes when it is first visited."""
        return (yield self.rebuild(node))

    def rebuild(self, node: Node) -> Steps[Any]:
        """The node over its visited children; itself when none of them changes."""
        changes: dict[str, Any] = {}
        for name in node.children:
            value = getattr(node, name)
            if isinstance(value, tuple):
                items: list[Any] = []
                for item in cast("tuple[Node, ...]", value):
                    items.append((yield self.visit(item)))
                if any(new is not old for new, old in zip(items, cast("tuple[Node, ...]", value), strict=True)):
                    changes[name] = tuple(items)
            elif value is not None and (new := (yield self.visit(value))) is not value:
                changes[name] = new
        return node.replace(**changes) if changes else node
