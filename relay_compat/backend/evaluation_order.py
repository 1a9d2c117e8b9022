"""The values of a straight-line function in order of evaluation, for planning its memory."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.devices.lexical import Lexical
from relay_compat.devices.marks import unmarked
from relay_compat.devices.place import ANYWHERE, Place
from relay_compat.ir.expr import Call, Constant, Expr, Function, Let, Tuple, TupleGetItem, Var
from relay_compat.passes.building import is_call_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule


def in_order(function: Function) -> Iterator[tuple[Expr, Place]]:
    """Parameters, then the values of the body, operands before users, each with its place."""
    lexical = Lexical(IRModule())
    stack: list[tuple[Expr, Place, bool]] = [(function.body, lexical.enter(function), False)]
    yield from ((param, lexical.place(param, ANYWHERE)) for param in function.params)
    seen: set[Expr] = set(function.params)
    while stack:
        expr, around, is_done = stack.pop()
        if is_done:
            yield expr, around
            continue
        place, expr = lexical.place(expr, around), unmarked(expr)
        if expr not in seen:
            seen.add(expr)
            stack.append((expr, place, True))
            stack += ((part, place, False) for part in reversed(operands(expr)))


def operands(expr: Expr) -> tuple[Expr, ...]:
    """What a value is made of; a lowered call of its tuple of arguments. DiagnosticError R2R0602 for choices and
    closures.
    """
    match expr:
        case Call():
            return expr.args[1:] if is_call_of(expr, "call_lowered") else expr.args
        case Tuple():
            return expr.fields
        case TupleGetItem():
            return (expr.tuple_value,)
        case Let():
            return (expr.value, expr.var, expr.body)
        case Var() | Constant():
            return ()
        case _:
            kind = type(expr).__name__
            raise fail(codes.EXECUTION_FAILED, f"memory is planned for straight-line code, not for {kind}", expr.span)
