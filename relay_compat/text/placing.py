"""Text in which every graph variable is bound before it is used, wherever its node is shared.

TVM's printer writes a let, branch or function where it is used for the first time, and a graph variable inside of it
where its node is met first. So a node that is shared with code around that let can be used in a line above it.
"""

from __future__ import annotations

from collections.abc import Callable

from relay_compat.ir.expr import Expr
from relay_compat.text.print_exprs import INLINE, ExprPrinter
from tensor_core.trampoline import Steps


class PlacingPrinter(ExprPrinter):
    """Places a text with scopes before the first use of what is bound inside of it."""

    def __init__(self, show_meta: bool = True, annotate: Callable[[Expr], str] | None = None) -> None:
        super().__init__(show_meta, annotate)
        self._open: list[Expr] = []
        self._inside: dict[Expr, Expr] = {}

    def _scoped(self, expr: Expr) -> Steps[str]:
        if self._open:
            # What is written in place, such as a function that a let binds, is inside of something, too.
            self._inside[expr] = self._open[-1]
        self._open.append(expr)
        text = yield super()._scoped(expr)
        self._open.pop()
        return text

    def _goes_on(self, body: Expr) -> bool:
        return self._is_unique(body)

    def _operand(self, expr: Expr) -> str:
        if expr in self._placed:
            around = self._inside.get(expr)
            while around is not None:
                if around in self._texts and around not in self._placed:
                    self._operand(around)
                around = self._inside.get(around)
        elif self._open and not isinstance(expr, INLINE):
            self._inside[expr] = self._open[-1]
        return super()._operand(expr)
