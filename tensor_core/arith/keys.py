"""Numbers for expressions: equal for expressions that read the same, found in time linear in what is new."""

from __future__ import annotations

from collections.abc import Hashable

from tensor_core import prim
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr


class Keys:
    """Gives every expression a number; expressions that read the same have the same."""

    def __init__(self) -> None:
        self._of: dict[PrimExpr, int] = {}
        self._seen: dict[Hashable, int] = {}

    def of(self, expr: PrimExpr) -> int:
        """The number of an expression."""
        known = self._of.get(expr)
        if known is not None:
            return known
        for node in post_order([expr], lambda e: [c for c in _parts(e) if c not in self._of]):
            if node not in self._of:
                self._of[node] = self._seen.setdefault(self._shape(node), len(self._seen))
        return self._of[expr]

    def _shape(self, node: PrimExpr) -> Hashable:
        parts = _parts(node)
        if isinstance(node, prim.IntImm | prim.FloatImm):
            return type(node), node.value, node.dtype
        if not parts or isinstance(node, prim.Load):
            return node
        name = node.name if isinstance(node, prim.Intrinsic) else ""
        return type(node), name, node.dtype, tuple([self._of[part] for part in parts])


def _parts(node: PrimExpr) -> list[PrimExpr]:
    return [part for part in node.iter_children() if isinstance(part, PrimExpr)]
