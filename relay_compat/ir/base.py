"""What all Relay expressions answer to: their inferred type, their text, and Python's operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from relay_compat.ir.types import Type
from tensor_core.module import Expr
from tensor_core.spans import Span

_NUMBERS = (int, float)


class TextForm:
    """What has a text of its own."""

    __slots__ = ()

    def astext(self, show_meta_data: bool = True, annotate: Callable[[Expr], str] | None = None) -> str:
        """The text of the expression with its header, as :func:`relay_compat.text.printer.print_expr` gives it."""
        from relay_compat.text.printer import print_expr

        return print_expr(cast(Expr, self), show_meta_data=show_meta_data, annotate=annotate)

    def __str__(self) -> str:
        from relay_compat.text.printer import pretty_print

        return pretty_print(cast(Expr, self))

    def __repr__(self) -> str:
        from relay_compat.text.reprs import node_repr

        return node_repr(self)


class RelayExpr(TextForm, Expr):
    """Base of Relay expressions that carry an inferred type.

    Operators build calls, as in tvm.relay: both sides must be expressions, a plain number raises TypeError and is to be
    wrapped with ``const`` first. ``==`` is identity.
    """

    __slots__ = ()
    span: Span | None
    checked: Type | None
    virtual_device: Any

    @property
    def checked_type(self) -> Type:
        """The inferred type; ValueError before type inference."""
        if self.checked is None:
            raise ValueError("The type checker has not populated the checked_type for this node")
        return self.checked

    def astype(self, dtype: str) -> Expr:
        """A cast of this expression."""
        return _call("cast", self, dtype=dtype)

    def __call__(self, *args: Expr) -> Expr:
        from relay_compat.ir.expr import Call

        return Call(self, args)

    def __neg__(self) -> Expr:
        return _call("negative", self)

    def __lt__(self, other: Any) -> Expr:
        return _call("less", self, _operand(other))

    def __gt__(self, other: Any) -> Expr:
        return _call("greater", self, _operand(other))

    def __le__(self, other: Any) -> Expr:
        return _call("less_equal", self, _operand(other))

    def __ge__(self, other: Any) -> Expr:
        return _call("greater_equal", self, _operand(other))

    def __add__(self, other: Any) -> Expr:
        return _call("add", self, _operand(other))

    def __radd__(self, other: Any) -> Expr:
        return self.__add__(other)

    def __sub__(self, other: Any) -> Expr:
        return _call("subtract", self, _operand(other))

    def __rsub__(self, other: Any) -> Expr:
        return _call("subtract", _operand(other), self)

    def __mul__(self, other: Any) -> Expr:
        return _call("multiply", self, _operand(other))

    def __rmul__(self, other: Any) -> Expr:
        return self.__mul__(other)

    def __truediv__(self, other: Any) -> Expr:
        return _call("divide", self, _operand(other))

    def __rtruediv__(self, other: Any) -> Expr:
        return _call("divide", _operand(other), self)


def _operand(value: Any) -> Expr:
    if isinstance(value, RelayExpr):
        return value
    if isinstance(value, _NUMBERS):
        raise TypeError(f'convert "{value}" with `const` first')
    raise TypeError(f"type {type(value)} not supported")


def _call(name: str, *args: Expr, **attrs: Any) -> Expr:
    from relay_compat.op.call import call

    return call(name, *args, **attrs)
