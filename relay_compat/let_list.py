"""Straight-line code under construction: values bound to new variables, in order."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Let, Var
from relay_compat.ir.types import Type


class LetList:
    """Collects bindings; :meth:`get` puts them around what uses them."""

    def __init__(self) -> None:
        self._bindings: list[tuple[Var, Expr]] = []

    def push(self, value: Expr, annotation: Type | None = None) -> Var:
        """A new variable for the value; it has the value's inferred type, where there is one."""
        var = Var("x", annotation)
        var.memo("checked", getattr(value, "checked", None))
        self._bindings.append((var, value))
        return var

    def get(self, body: Expr) -> Expr:
        """The bindings, then ``body``."""
        for var, value in reversed(self._bindings):
            outer = Let(var, value, body)
            outer.memo("checked", getattr(body, "checked", None))
            body = outer
        return body
