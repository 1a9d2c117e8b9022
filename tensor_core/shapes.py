"""Symbolic dimensions: canonical form, proof of equality, substitution and broadcasting.

A dimension is a Python int, or a :class:`~tensor_core.prim.PrimExpr` over integer variables. The canonical form of an
expression is a polynomial with integer coefficients over atoms (variables, and floor divisions, remainders, minima and
maxima of canonical arguments); two expressions with the same canonical form are equal for every value of their
variables.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, cast

from tensor_core import prim
from tensor_core.arith.analyzer import Analyzer
from tensor_core.arith.fold import made, same
from tensor_core.prim import AnyDim, PrimExpr, Var

Dim = int | PrimExpr
Shape = tuple[Dim, ...]

ANY = AnyDim()
"""The open dimension of Relay. One object serves all uses: Relay compares any two of them as equal."""

# An atom is a variable, or (operation, canonical operands); a monomial a sorted tuple of (atom, power).
_Atom = object
_Monomial = tuple[tuple[int, _Atom, int], ...]
_Poly = dict[_Monomial, int]
_ATOMS: dict[object, int] = {}


def is_static(shape: Sequence[Dim]) -> bool:
    """Whether every dimension is a known integer."""
    return all(isinstance(dim, int) for dim in shape)


class UnknownSize(ValueError):
    """A size is needed as a number and is symbolic."""


def static(shape: Sequence[Dim]) -> tuple[int, ...]:
    """The shape as integers; UnknownSize, a ValueError, when a dimension is symbolic."""
    for dim in shape:
        if not isinstance(dim, int):
            raise UnknownSize(f"dimension {to_text(dim)} is not a known integer")
    return cast("tuple[int, ...]", tuple(shape))


def as_dim(value: Dim) -> Dim:
    """A dimension in its simplest spelling: integer constants become ints."""
    return value.value if isinstance(value, prim.IntImm) else value


def as_shape(dims: Sequence[Any]) -> Shape:
    """Dimensions as types hold them: a tuple whose known dimensions are :class:`~tensor_core.prim.Imm`.

    TypeError for what is no dimension.
    """
    return tuple([_SIZES.get(dim) or _size(dim) if type(dim) is int else _dim(dim) for dim in dims])


_SIZES: dict[int, prim.Imm] = {size: prim.Imm(size) for size in range(1, 4097)}


def _size(value: int) -> prim.Imm:
    return prim.Imm(value)


def _dim(value: Any) -> Dim:
    if isinstance(value, prim.IntImm):
        return prim.Imm(value.value)
    if isinstance(value, (prim.Imm, PrimExpr)):
        return value
    return prim.Imm(operator.index(value))


def as_expr(value: Dim, dtype: str = "int64") -> PrimExpr:
    """A dimension as an expression."""
    return prim.IntImm(value, dtype) if isinstance(value, int) else value


def prove_equal(a: Dim, b: Dim) -> bool:
    """Whether ``a`` and ``b`` are equal for every value of their variables; False means "not proven"."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    if a is b:
        return not isinstance(a, AnyDim)
    if isinstance(a, AnyDim) or isinstance(b, AnyDim):
        return False
    if isinstance(a, PrimExpr) and isinstance(b, PrimExpr) and same(a, b):
        return True
    left, right = _poly(a), _poly(b)
    if left == right:
        return True
    # Of polynomials in variables that is all there is to know; divisions and extrema have laws of their own.
    lawful = any(not isinstance(atom, Var) for poly in (left, right) for monomial in poly for _, atom, _ in monomial)
    return lawful and Analyzer().can_prove_equal(as_expr(a), as_expr(b))


def prove_different(a: Dim, b: Dim) -> bool:
    """Whether ``a - b`` is a known non-zero constant."""
    if isinstance(a, int) and isinstance(b, int):
        return a != b
    if isinstance(a, AnyDim) or isinstance(b, AnyDim):
        return False
    difference = _combine(_poly(a), _poly(b), -1)
    different = bool(difference) and set(difference) == {()}
    if difference and not different:
        taken = _TAKEN.get()
        if taken is not None:
            taken.append((a, b))
    return different


_TAKEN: ContextVar[list[tuple[Dim, Dim]] | None] = ContextVar("taken", default=None)


@contextmanager
def taken_as_equal() -> Generator[list[tuple[Dim, Dim]]]:
    """Collects the pairs of dimensions of which :func:`prove_different` can prove nothing.

    Type rules reject what provably differs and go on with the rest as if it were equal: these are the equations that
    a call rests on.
    """
    found: list[tuple[Dim, Dim]] = []
    token = _TAKEN.set(found)
    try:
        yield found
    finally:
        _TAKEN.reset(token)


def simplify(value: Dim) -> Dim:
    """The dimension in the form that TVM's simplifier gives it; an int when it is known."""
    if isinstance(value, (int, AnyDim, Var)):
        return value
    plain = isinstance(value, prim.Add | prim.Mul) and isinstance(value.a, Var) and isinstance(value.b, prim.IntImm)
    if plain and value.b.value > 1:
        return value
    return as_dim(Analyzer().simplify(value))


def product(dims: Sequence[Dim]) -> Dim:
    """The product of dimensions, simplified; an open dimension makes it open unless a zero is among them."""
    if is_static(dims):
        return prod(static(dims))
    if any(dim == 0 for dim in dims if isinstance(dim, int)):
        return 0
    if any(isinstance(dim, AnyDim) for dim in dims):
        return ANY
    result: PrimExpr = prim.IntImm(1, "int64")
    for dim in dims:
        result = made(prim.Mul, result, as_expr(dim))
    return simplify(result)


def add(a: Dim, b: Dim) -> Dim:
    """a + b, simplified."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    return _arithmetic(prim.Add, a, b)


def subtract(a: Dim, b: Dim) -> Dim:
    """a - b, simplified."""
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    return _arithmetic(prim.Sub, a, b)


def multiply(a: Dim, b: Dim) -> Dim:
    """a * b, simplified."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    return _arithmetic(prim.Mul, a, b)


def floor_divide(a: Dim, b: Dim) -> Dim:
    """floor(a / b), simplified: exact when b divides every coefficient of a."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    return _arithmetic(prim.FloorDiv, a, b)


def _arithmetic(kind: type[prim.Binary], a: Dim, b: Dim) -> Dim:
    if isinstance(a, AnyDim) or isinstance(b, AnyDim):
        return ANY
    return simplify(made(kind, as_expr(a), as_expr(b)))


def broadcast_dim(a: Dim, b: Dim) -> Dim | None:
    """The broadcast of two dimensions by numpy's rule; None when they conflict or nothing can be proven.

    Open dimensions follow Relay (BroadcastRel in TVM 0.19): open with c > 1 gives c, open with 1 or open gives open.
    """
    if isinstance(a, int) and isinstance(b, int):
        return a if a == b or b == 1 else b if a == 1 else None
    if isinstance(a, AnyDim):
        return a if isinstance(b, AnyDim) or (isinstance(b, int) and b == 1) else b
    if isinstance(b, AnyDim):
        return b if isinstance(a, int) and a == 1 else a
    if isinstance(a, int) and a == 1:
        return b
    if isinstance(b, int) and b == 1:
        return a
    return a if prove_equal(a, b) else None


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The broadcast of two shapes by numpy's rule, None when they conflict."""
    if len(a) < len(b):
        a, b = b, a
    offset = len(a) - len(b)
    result: list[Dim] = list(a[:offset])
    for left, right in zip(a[offset:], b, strict=True):
        dim = broadcast_dim(left, right)
        if dim is None:
            return None
        result.append(dim)
    return tuple(result)


def substitute(value: Dim, values: Mapping[Var, Dim]) -> Dim:
    """``value`` with variables replaced, simplified."""
    if isinstance(value, (int, AnyDim)):
        return value
    return simplify(_substitute(value, values))


def evaluate(value: Dim, values: Mapping[Var, int]) -> int:
    """The integer value of a dimension; KeyError for a variable without a value, ValueError for an open dimension."""
    if isinstance(value, Var) and value in values:
        return values[value]
    known = _evaluated(value, values)
    if known is not None:
        return known
    result = substitute(value, dict(values))
    if isinstance(result, int):
        return result
    if isinstance(result, AnyDim):
        raise ValueError("an open dimension has no value")
    raise KeyError(next(iter(free_vars(result))).name)


_ON_INTEGERS: Mapping[type, Callable[[int, int], int]] = {
    prim.Add: lambda a, b: a + b,
    prim.Sub: lambda a, b: a - b,
    prim.Mul: lambda a, b: a * b,
    prim.Min: min,
    prim.Max: max,
}
_DIVISIONS: Mapping[type, Callable[[int, int], int]] = {
    prim.FloorDiv: lambda a, b: a // b,
    prim.FloorMod: lambda a, b: a % b,
}


def _evaluated(value: Dim, values: Mapping[Var, int]) -> int | None:
    """The value of a dimension made of the usual operations, children before parents; None for any other."""
    done: dict[int, int] = {}
    stack: list[Any] = [value]
    while stack:
        item = stack[-1]
        kind = cast("type[Any]", type(item))
        if kind is prim.IntImm:
            done[id(item)] = item.value
        elif isinstance(item, Var):
            size = values.get(item)
            if size is None:
                return None
            done[id(item)] = size
        elif kind in _ON_INTEGERS or kind in _DIVISIONS:
            left, right = done.get(id(item.a)), done.get(id(item.b))
            if left is None or right is None:
                stack += [part for part, known in ((item.a, left), (item.b, right)) if known is None]
                continue
            if kind in _DIVISIONS and right == 0:
                return None
            done[id(item)] = (_ON_INTEGERS.get(kind) or _DIVISIONS[kind])(left, right)
        else:
            return None
        stack.pop()
    return done[id(value)]


def free_vars(value: Dim) -> tuple[Var, ...]:
    """The variables of a dimension in order of first occurrence."""
    if isinstance(value, int):
        return ()
    found: dict[Var, None] = {}
    stack: list[PrimExpr] = [value]
    while stack:
        expr = stack.pop()
        if isinstance(expr, Var):
            found[expr] = None
        stack.extend(reversed([cast(PrimExpr, child) for child in expr.iter_children()]))
    return tuple(found)


_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}


def to_text(value: Dim) -> str:
    """The Python spelling of a dimension, e.g. ``n * 2 + 1``; an open dimension is ``?``."""
    if isinstance(value, int):
        return str(value)
    return _text(value, 0)


def _text(value: PrimExpr, outer: int) -> str:
    match value:
        case Var():
            return value.name
        case prim.IntImm():
            return str(value.value)
        case AnyDim():
            return "?"
        case prim.Binary() if value.symbol in _PRECEDENCE:
            level = _PRECEDENCE[value.symbol]
            text = f"{_text(value.a, level)} {value.symbol} {_text(value.b, level + 1)}"
            return f"({text})" if level < outer else text
        case prim.Compare():
            return f"({_text(value.a, 1)} {value.symbol} {_text(value.b, 1)})"
        case prim.Binary():
            return f"T.{value.symbol}({_text(value.a, 0)}, {_text(value.b, 0)})"
        case prim.Select():
            name = "if_then_else" if value.guards else "Select"
            return f"T.{name}({_text(value.condition, 0)}, {_text(value.a, 0)}, {_text(value.b, 0)})"
        case _:
            return f"T.{type(value).__name__.lower()}(...)"


def _substitute(value: PrimExpr, values: Mapping[Var, Dim]) -> PrimExpr:
    if isinstance(value, Var):
        return as_expr(values.get(value, value))
    if isinstance(value, prim.Binary):
        a, b = _substitute(value.a, values), _substitute(value.b, values)
        return value if a is value.a and b is value.b else value.replace(a=a, b=b)
    if isinstance(value, prim.Cast):
        return value.replace(value=_substitute(value.value, values))
    if isinstance(value, prim.Select):
        parts = {name: _substitute(getattr(value, name), values) for name in ("condition", "a", "b")}
        return value.replace(**parts)
    if isinstance(value, prim.Not):
        return value.replace(a=_substitute(value.a, values))
    return value


def _truth(condition: PrimExpr) -> bool | None:
    """Whether a condition holds; None when that hangs on variables."""
    match condition:
        case prim.IntImm():
            return bool(condition.value)
        case prim.Not():
            inner = _truth(condition.a)
            return None if inner is None else not inner
        case prim.And() | prim.Or():
            sides = (_truth(condition.a), _truth(condition.b))
            if isinstance(condition, prim.Or):
                return True if True in sides else None if None in sides else False
            return False if False in sides else None if None in sides else True
        case prim.LT() | prim.LE() | prim.EQ() | prim.NE():
            difference = _combine(_poly(condition.a), _poly(condition.b), -1)
            if not set(difference) <= {()}:
                return None
            value = difference.get((), 0)
            found = {prim.LT: value < 0, prim.LE: value <= 0, prim.EQ: value == 0, prim.NE: value != 0}
            return found[type(condition)]
        case _:
            return None


def _poly(value: Dim) -> _Poly:
    if isinstance(value, int):
        return {(): value} if value else {}
    match value:
        case prim.IntImm():
            return {(): value.value} if value.value else {}
        case prim.Add():
            return _combine(_poly(value.a), _poly(value.b), 1)
        case prim.Sub():
            return _combine(_poly(value.a), _poly(value.b), -1)
        case prim.Mul():
            return _multiply(_poly(value.a), _poly(value.b))
        case prim.FloorDiv():
            return _floor_div(_poly(value.a), _poly(value.b))
        case prim.FloorMod():
            a, b = _poly(value.a), _poly(value.b)
            return _combine(a, _multiply(_floor_div(a, b), b), -1)
        case prim.Min() | prim.Max():
            return _extremum(type(value), _poly(value.a), _poly(value.b))
        case prim.Cast():
            return _poly(value.value)
        case prim.Select():
            chosen = _truth(value.condition)
            return _atom(value) if chosen is None else _poly(value.a if chosen else value.b)
        case _:
            return _atom(value)


def _atom(key: object) -> _Poly:
    number = _ATOMS.setdefault(key, len(_ATOMS))
    return {((number, key, 1),): 1}


def _combine(a: _Poly, b: _Poly, sign: int) -> _Poly:
    result = dict(a)
    for monomial, coefficient in b.items():
        total = result.get(monomial, 0) + sign * coefficient
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return result


def _multiply(a: _Poly, b: _Poly) -> _Poly:
    result: _Poly = {}
    for left, x in a.items():
        for right, y in b.items():
            powers: dict[int, tuple[_Atom, int]] = {number: (atom, power) for number, atom, power in left}
            for number, atom, power in right:
                powers[number] = (atom, powers.get(number, (atom, 0))[1] + power)
            monomial = tuple((number, *powers[number]) for number in sorted(powers))
            result = _combine(result, {monomial: x * y}, 1)
    return result


def _freeze(poly: _Poly) -> tuple[tuple[_Monomial, int], ...]:
    return tuple(sorted(poly.items(), key=lambda item: [(number, power) for number, _, power in item[0]]))


def _floor_div(a: _Poly, b: _Poly) -> _Poly:
    if set(b) == {()}:
        divisor = b[()]
        if all(coefficient % divisor == 0 for coefficient in a.values()):
            return {monomial: coefficient // divisor for monomial, coefficient in a.items()}
        if set(a) <= {()}:
            return _poly(a.get((), 0) // divisor)
        if divisor > 0 and all(coefficient % divisor == 0 for monomial, coefficient in a.items() if monomial):
            # Whole multiples come out, and a constant leaves whole ones of its own.
            return {item: count for item, value in a.items() if (count := value // divisor)}
    if a == b:
        return {(): 1}
    return _atom(("//", _freeze(a), _freeze(b)))


def _spelled(key: object) -> str:
    """A text to sort by: of variables the name."""
    if isinstance(key, tuple):
        return f"({','.join(map(_spelled, cast('tuple[object, ...]', key)))})"
    return key.name if isinstance(key, Var) else str(key)


def _extremum(kind: type[prim.Binary], a: _Poly, b: _Poly) -> _Poly:
    difference = _combine(a, b, -1)
    if set(difference) <= {()}:
        a_is_larger = difference.get((), 0) >= 0
        return a if a_is_larger == (kind is prim.Max) else b
    first, second = sorted((_freeze(a), _freeze(b)), key=_spelled)
    return _atom((kind.symbol, first, second))
