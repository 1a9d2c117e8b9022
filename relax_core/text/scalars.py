"""Scalar expressions (dimensions, scalar operands) as the Relax printer spells them: int64 is the plain integer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relax_core.text.literals import float_text, string_text
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.prim import PrimExpr, Var

Name = Callable[[Var], str]
"""Gives the name a variable prints under; it may have to be declared first."""

MAX_DEPTH = 60
"""How deep expressions may nest in text; parsers give up at about a hundred brackets."""

_INFIX: Mapping[type[PrimExpr], tuple[str, int]] = {
    prim.Or: ("or", 1),
    prim.And: ("and", 2),
    prim.EQ: ("==", 4),
    prim.NE: ("!=", 4),
    prim.LT: ("<", 4),
    prim.LE: ("<=", 4),
    prim.Add: ("+", 5),
    prim.Sub: ("-", 5),
    prim.Mul: ("*", 6),
    prim.FloorDiv: ("//", 6),
    prim.FloorMod: ("%", 6),
}
_CALLS: Mapping[type[PrimExpr], str] = {
    prim.Min: "T.min",
    prim.Max: "T.max",
    prim.TruncMod: "T.truncmod",
    prim.Div: "T.truncdiv",
}
_MIRROR = {"<": ">", "<=": ">="}
_NOT, _COMPARISON, _SUM = 3, 4, 5


def scalar_text(value: PrimExpr | int, name: Name) -> str:
    """The text of a scalar expression. R2R0407 for what the release's syntax cannot say."""
    return str(value) if isinstance(value, int) else _text(value, name, 0, 0)  # type: ignore[arg-type]


def literal_text(value: prim.IntImm | prim.FloatImm, plain: str = "int64") -> str:
    """A scalar constant; integers of the type ``plain`` need no type around them."""
    if isinstance(value, prim.FloatImm):
        text = float_text(value.value)
        # T.float32("inf") takes the bare string that float("inf") does.
        return f"T.{value.dtype}({text.removeprefix('float(').removesuffix(')')})"
    if value.dtype == "bool":
        return f"T.bool({bool(value.value)})"
    return str(value.value) if value.dtype == plain else f"T.{value.dtype}({value.value})"


def _text(value: PrimExpr, name: Name, outer: int, depth: int) -> str:
    kind = type(value)
    if kind is Var:
        return name(value)  # type: ignore[arg-type]
    if isinstance(value, prim.IntImm | prim.FloatImm):
        return literal_text(value)
    if depth > MAX_DEPTH:
        raise fail(codes.UNPRINTABLE, "a scalar expression nests too deep for text", hint="simplify the dimension")
    if kind in _INFIX:
        return _infix(value, name, outer, depth)  # type: ignore[arg-type]
    match value:
        case prim.Div() if "float" in value.dtype:
            return _wrapped(f"{_text(value.a, name, 6, depth + 1)} / {_text(value.b, name, 7, depth + 1)}", 6, outer)
        case prim.Binary() if kind in _CALLS:
            return _call(_CALLS[kind], (value.a, value.b), name, depth)
        case prim.Not():
            return _wrapped(f"not {_text(value.a, name, _NOT, depth + 1)}", _NOT, outer)
        case prim.Cast():
            return f'T.Cast("{value.dtype}", {_text(value.value, name, 0, depth + 1)})'
        case prim.Select():
            arms = (value.condition, value.a, value.b)
            return _call("T.if_then_else", arms, name, depth) if value.guards else _select(value, name, depth)
        case prim.Intrinsic():
            return _call(f"T.{value.name}", value.args, name, depth)
        case prim.StringImm():
            return string_text(value.value)
        case _:
            raise fail(codes.UNPRINTABLE, f"a {kind.__name__} has no spelling as a scalar of Relax text")


def _infix(value: prim.Binary, name: Name, outer: int, depth: int) -> str:
    # The left spine of a long sum is walked, not recursed into.
    symbol, level = _INFIX[type(value)]
    chain: list[prim.Binary] = []
    left: PrimExpr = value
    while isinstance(left, prim.Binary) and _INFIX.get(type(left), ("", 0))[1] == level and level >= _SUM:
        chain.append(left)
        left = left.a
    if chain:
        text = [_text(left, name, level, depth + 1)]
        for item in reversed(chain):
            text.append(f" {_INFIX[type(item)][0]} {_text(item.b, name, level + 1, depth + 1)}")
        return _wrapped("".join(text), level, outer)
    a, b = value.a, value.b
    if symbol in _MIRROR and isinstance(a, prim.IntImm | prim.FloatImm):
        # The program has < and <= only; TVM writes the constant on the right.
        symbol, a, b = _MIRROR[symbol], b, a
    inner = level + (level == _COMPARISON)
    text = f"{_text(a, name, inner, depth + 1)} {symbol} {_text(b, name, level + 1, depth + 1)}"
    return _wrapped(text, level, outer)


def _select(value: prim.Select, name: Name, depth: int) -> str:
    # T.Select does not bring its arms to one type: integers say theirs.
    arms = [
        literal_text(arm, plain="") if isinstance(arm, prim.IntImm) else _text(arm, name, 0, depth + 1)
        for arm in (value.a, value.b)
    ]
    return f"T.Select({_text(value.condition, name, 0, depth + 1)}, {', '.join(arms)})"


def _call(function: str, args: tuple[PrimExpr, ...], name: Name, depth: int) -> str:
    return f"{function}({', '.join([_text(arg, name, 0, depth + 1) for arg in args])})"


def _wrapped(text: str, level: int, outer: int) -> str:
    return f"({text})" if level < outer else text
