"""Build let chains and branches step by step (tvm.relay.ScopeBuilder in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from relay_compat.ir.expr import Expr, If, Let, Var
from relay_compat.ir.make import var as make_var
from relay_compat.ir.types import IncompleteType, Type

__all__ = ["ScopeBuilder"]


class _Scope:
    """The bindings of one scope and what it gives back; ``condition`` while its If lacks the second branch."""

    def __init__(self) -> None:
        self.bindings: list[tuple[Var, Expr]] = []
        self.result: Expr | None = None
        self.open_if: tuple[Expr, Expr] | None = None

    def expr(self) -> Expr:
        if self.open_if is not None:
            raise RuntimeError("Creating an If expression without else.")
        if self.result is None:
            raise RuntimeError("ret is not called in this scope")
        result = self.result
        for variable, value in reversed(self.bindings):
            result = Let(variable, value, result)
        return result


class ScopeBuilder:
    """Collects lets, an if with its else, and the value of a scope; :meth:`get` gives the whole expression.

    RuntimeError for steps out of order: a second value, an else without an if, an end without a value.
    """

    def __init__(self) -> None:
        self._scopes = [_Scope()]

    def let(self, var: Var | str | tuple[str, Type], value: Expr) -> Var:
        """Bind a variable, given itself or by name or by name and type, to a value; the variable."""
        if isinstance(var, (tuple, list)):
            parts = cast("tuple[Any, ...]", var)
            if len(parts) > 2:
                raise ValueError("Expect var to be Tuple[str, relay.Type]")
            var = make_var(*parts)
        elif isinstance(var, str):
            var = make_var(var)
        self._scopes[-1].bindings.append((var, value))
        return var

    def if_scope(self, cond: Expr) -> AbstractContextManager[None]:
        """The scope of what happens when the condition holds; :meth:`else_scope` must follow."""
        return self._branch(cond)

    def else_scope(self) -> AbstractContextManager[None]:
        """The scope of what happens otherwise."""
        return self._branch(None)

    @contextmanager
    def _branch(self, condition: Expr | None) -> Generator[None]:
        self._scopes.append(_Scope())
        yield
        branch, outer = self._scopes.pop(), self._scopes[-1]
        if condition is not None:
            if outer.result is not None or outer.open_if is not None:
                raise RuntimeError("result already returned before if scope")
            outer.open_if = (condition, branch.expr())
        elif outer.open_if is None:
            raise RuntimeError("else scope must follows")
        else:
            outer.result, outer.open_if = If(*outer.open_if, branch.expr()), None

    def type_of(self, expr: Expr) -> Type:
        """A type that inference will make that of an expression: its annotation, or an unknown one bound to it."""
        if isinstance(expr, Var) and expr.type_annotation is not None:
            return expr.type_annotation
        unknown = IncompleteType()
        self.let(make_var("unify", unknown), expr)
        return unknown

    def ret(self, value: Expr) -> None:
        """Say what the scope gives back."""
        scope = self._scopes[-1]
        if scope.result is not None or scope.open_if is not None:
            raise RuntimeError("ret value is already set in this scope.")
        scope.result = value

    def get(self) -> Expr:
        """The whole expression; only outside all branches."""
        if len(self._scopes) != 1:
            raise RuntimeError("can only call get at the outmost scope")
        return self._scopes[0].expr()
