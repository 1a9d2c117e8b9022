"""Rewrite rules as text: ``Rule("(x - y) + y", "x")``.

``x``, ``y``, ``z``, ``b1``... stand for any expression, ``c1``, ``c2``, ``c3`` for constants; a name that occurs
twice must be the same expression. ``//`` and ``%`` round down, ``tdiv`` and ``tmod`` toward zero. A rule may have
several left sides, separated by `` | ``, and a condition on what the names stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from tensor_core import prim
from tensor_core.arith.fold import made, same
from tensor_core.prim import IntImm, PrimExpr

Names = dict[str, Any]
Matcher = Callable[[Any, Names], bool]
Maker = Callable[[Names], PrimExpr]
Condition = Callable[[Any, Names], bool]
"""Whether a rule applies: given the simplifier and what the names stand for."""

_OPERATORS: dict[type[ast.AST], type[prim.Binary]] = {
    ast.Add: prim.Add,
    ast.Sub: prim.Sub,
    ast.Mult: prim.Mul,
    ast.FloorDiv: prim.FloorDiv,
    ast.Mod: prim.FloorMod,
    ast.Lt: prim.LT,
    ast.LtE: prim.LE,
    ast.Eq: prim.EQ,
    ast.NotEq: prim.NE,
    ast.And: prim.And,
    ast.Or: prim.Or,
}
_FUNCTIONS: dict[str, type[prim.Binary]] = {
    "min": prim.Min,
    "max": prim.Max,
    "tdiv": prim.Div,
    "tmod": prim.TruncMod,
}


class Rule:
    """One rewrite; ``again`` has its result simplified once more."""

    __slots__ = ("again", "lefts", "right", "when")

    def __init__(self, lefts: str, right: str, when: Condition | None = None, *, again: bool = False) -> None:
        self.lefts = [_matcher(_parsed(left)) for left in lefts.split(" | ")]
        self.right = _maker(_parsed(right))
        self.when = when
        self.again = again

    def apply(self, expr: PrimExpr, simplifier: Any) -> PrimExpr | None:
        """What the rule makes of an expression; None where it does not apply."""
        for left in self.lefts:
            names: Names = {"": expr.dtype}
            if left(expr, names) and (self.when is None or self.when(simplifier, names)):
                if not _is_logical(expr):
                    return self.right(names)
                names[""] = names.get("dtype", "int64")
                return self.right(names)
        return None


def first(rules: Sequence[Rule], expr: PrimExpr, simplifier: Any) -> tuple[PrimExpr, bool] | None:
    """The result of the first rule that applies, and whether it is to be simplified again."""
    for rule in rules:
        found = rule.apply(expr, simplifier)
        if found is not None:
            return found, rule.again
    return None


def match(text: str) -> Matcher:
    """A matcher for code that does more than rules can say."""
    return _matcher(_parsed(text))


def _is_logical(expr: PrimExpr) -> bool:
    return isinstance(expr, prim.Compare | prim.Not)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _matcher(node: ast.expr) -> Matcher:
    match node:
        case ast.Name(id=name) if name[0] == "c":
            return lambda expr, names: isinstance(expr, IntImm) and _constant(expr, names, name)
        case ast.Name(id=name):
            return lambda expr, names: _bind(name, expr, names)
        case ast.Constant(value=int() as value):
            return lambda expr, _: isinstance(expr, IntImm) and expr.value == value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _matcher(operand)
            return lambda expr, names: isinstance(expr, prim.Not) and inner(expr.a, names)
        case ast.Call(func=ast.Name(id="select"), args=args):
            parts = [_matcher(arg) for arg in args]
            return lambda expr, names: (
                isinstance(expr, prim.Select)
                and parts[0](expr.condition, names)
                and parts[1](expr.a, names)
                and parts[2](expr.b, names)
            )
        case _:
            kind, a, b = _binary(node)
            left, right = _matcher(a), _matcher(b)
            return lambda expr, names: type(expr) is kind and left(expr.a, names) and right(expr.b, names)


def _binary(node: ast.expr) -> tuple[type[prim.Binary], ast.expr, ast.expr]:
    match node:
        case ast.BinOp(left=a, op=op, right=b):
            return _OPERATORS[type(op)], a, b
        case ast.Compare(left=a, ops=[op], comparators=[b]):
            return _OPERATORS[type(op)], a, b
        case ast.BoolOp(op=op, values=[a, b]):
            return _OPERATORS[type(op)], a, b
        case ast.Call(func=ast.Name(id=name), args=[a, b]):
            return _FUNCTIONS[name], a, b
        case _:
            raise ValueError(f"no pattern: {ast.unparse(node)}")


def _constant(expr: IntImm, names: Names, name: str) -> bool:
    known = names.get(name)
    if known is None:
        names[name] = expr.value
        names["dtype"] = expr.dtype
        return True
    return known == expr.value


def _bind(name: str, expr: PrimExpr, names: Names) -> bool:
    known = names.get(name)
    if known is None:
        names[name] = expr
        names["dtype"] = expr.dtype
        return True
    return same(known, expr)


def _maker(node: ast.expr) -> Maker:
    match node:
        case ast.Name(id="true"):
            return lambda _: IntImm(1, "bool")
        case ast.Name(id="false"):
            return lambda _: IntImm(0, "bool")
        case ast.Name(id=name) if name[0] == "c":
            return lambda names: IntImm(names[name], names[""])
        case ast.Name(id=name):
            return lambda names: names[name]
        case ast.Constant(value=int() as value):
            return lambda names: IntImm(value, names[""])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _maker(operand)
            return lambda names: prim.Not(inner(names))
        case ast.Call(func=ast.Name(id="select"), args=args):
            parts = [_maker(arg) for arg in args]
            return lambda names: prim.Select(parts[0](names), parts[1](names), parts[2](names))
        case _:
            kind, a, b = _binary(node)
            left, right = _maker(a), _maker(b)
            return lambda names: made(kind, left(names), right(names))
