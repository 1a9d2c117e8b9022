"""Expressions that exist only while a pass works (TempExpr in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import Expr


class TempExpr(RelayExpr):
    """Stands for an expression that is not decided yet. It is a leaf: what it holds is no child."""

    __slots__ = ()

    def realize(self) -> Expr:
        """The expression itself."""
        raise NotImplementedError(f"{type(self).__name__} says not what it stands for")
