"""Sets of bindings that go into one function (GraphPartitioner::Group in TVM 0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Expr

Groups = dict[Expr, "Group"]
"""The group of each variable, and of other leaves that take part."""


class Group:
    """A set of a union-find; ``size`` and ``attrs`` count at its root only. ``attrs`` go to the function made of it."""

    __slots__ = ("attrs", "parent", "size")

    def __init__(self) -> None:
        self.parent: Group | None = None
        self.size = 1
        self.attrs: dict[str, Any] = {}

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
