"""The marks around regions for outside compilers: ``annotation.compiler_begin`` and ``annotation.compiler_end``."""

from __future__ import annotations

from typing import Any, TypeGuard

from relay_compat.attributes import op_attrs
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import Call, Expr, op
from tensor_core.node import Node

BEGIN, END = op("annotation.compiler_begin"), op("annotation.compiler_end")
DEFAULT = "default"
"""The compiler of what no outside compiler takes."""


def is_begin(node: Node) -> TypeGuard[Call]:
    """Whether a node is the begin of a region: an edge into it."""
    return isinstance(node, Call) and node.op is BEGIN


def is_end(node: Node) -> TypeGuard[Call]:
    """Whether a node is the end of a region: an edge out of it."""
    return isinstance(node, Call) and node.op is END


def compiler_of(mark: Call) -> str:
    """The compiler that a mark names."""
    attrs: Any = mark.attrs
    return str(attrs["compiler"])


def begin(expr: Expr, compiler: str) -> Call:
    """The mark of an edge into a region; it has the type of the expression."""
    return _mark(BEGIN, expr, compiler)


def end(expr: Expr, compiler: str) -> Call:
    """The mark of an edge out of a region; it has the type of the expression."""
    return _mark(END, expr, compiler)


def _mark(mark: Any, expr: Expr, compiler: str) -> Call:
    made = Call(mark, (expr,), op_attrs(mark.card, {"compiler": compiler}))
    if isinstance(expr, RelayExpr):
        made.memo("checked", expr.checked)
    return made
