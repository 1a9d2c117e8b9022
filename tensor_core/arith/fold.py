"""Making operations: constants folded and neutral operands dropped, as operators of tvm.tir do (TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from tensor_core import dtypes, prim
from tensor_core.prim import IntImm, PrimExpr

INDEX = frozenset({"int32", "int64"})
"""The element types of index arithmetic, which never overflows in a valid program."""

_INTEGERS: dict[type[PrimExpr], Callable[[int, int], int]] = {
    prim.Add: lambda a, b: a + b,
    prim.Sub: lambda a, b: a - b,
    prim.Mul: lambda a, b: a * b,
    prim.FloorDiv: lambda a, b: a // b,
    prim.FloorMod: lambda a, b: a % b,
    prim.Div: lambda a, b: quotient(a, b),
    prim.TruncMod: lambda a, b: a - quotient(a, b) * b,
    prim.Min: min,
    prim.Max: max,
}
_COMPARISONS: dict[type[PrimExpr], Callable[[int, int], bool]] = {
    prim.EQ: lambda a, b: a == b,
    prim.NE: lambda a, b: a != b,
    prim.LT: lambda a, b: a < b,
    prim.LE: lambda a, b: a <= b,
}
_DIVISIONS = frozenset({prim.Div, prim.TruncMod, prim.FloorDiv, prim.FloorMod})


def quotient(a: int, b: int) -> int:
    """a / b, rounded toward zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def wrapped(value: int, dtype: str) -> int:
    """The value that an integer type of limited size holds."""
    if dtype == "bool":
        return int(bool(value))
    bits = dtypes.bits(dtype)
    value &= (1 << bits) - 1
    signed = not dtypes.is_unsigned_int(dtype) and value >> (bits - 1)
    return value - (1 << bits) if signed else value


def made(kind: type[PrimExpr], a: PrimExpr, b: PrimExpr) -> PrimExpr:
    """``kind(a, b)``, folded where that is certain. A division by the constant 0 is kept as it is."""
    folded = folded_binary(kind, a, b)
    return _node(kind, a, b) if folded is None else folded


def _node(kind: type[PrimExpr], a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return cast("Callable[[PrimExpr, PrimExpr], PrimExpr]", kind)(a, b)


def folded_binary(kind: type[PrimExpr], a: PrimExpr, b: PrimExpr) -> PrimExpr | None:
    """The value of an operation that constants decide, or None."""
    left = a.value if isinstance(a, IntImm) else None
    right = b.value if isinstance(b, IntImm) else None
    if left is None and right is None:
        # Comparisons and extrema of one object with itself.
        return a if a is b and kind in (prim.Min, prim.Max) else None
    if kind in _COMPARISONS:
        if left is None or right is None:
            return None
        return IntImm(int(_COMPARISONS[kind](left, right)), "bool")
    if kind in (prim.And, prim.Or):
        return _logical(kind, a, b)
    if kind not in _INTEGERS or not dtypes.is_int(a.dtype):
        return None
    if right == 0 and kind in _DIVISIONS:
        return None
    if left is not None and right is not None:
        return IntImm(wrapped(_INTEGERS[kind](left, right), a.dtype), a.dtype)
    return _neutral(kind, a, b, left, right)


def _neutral(kind: type[PrimExpr], a: PrimExpr, b: PrimExpr, left: int | None, right: int | None) -> PrimExpr | None:
    if kind is prim.Add:
        return b if left == 0 else a if right == 0 else None
    if kind is prim.Sub:
        return a if right == 0 else None
    if kind is prim.Mul:
        return b if left == 1 else a if right == 1 or left == 0 else b if right == 0 else None
    if kind in (prim.Div, prim.FloorDiv):
        return a if left == 0 or right == 1 else None
    if kind in (prim.TruncMod, prim.FloorMod):
        return a if left == 0 else IntImm(0, a.dtype) if right == 1 else None
    return None


def _logical(kind: type[PrimExpr], a: PrimExpr, b: PrimExpr) -> PrimExpr | None:
    decides = kind is prim.Or
    for one, other in ((a, b), (b, a)):
        if isinstance(one, IntImm):
            return one if bool(one.value) == decides else other
    return None


def is_index(expr: PrimExpr) -> bool:
    """Whether an expression is index arithmetic."""
    return expr.dtype in INDEX


def same(a: PrimExpr, b: PrimExpr) -> bool:
    """Whether two expressions read the same; variables are compared by identity."""
    if a is b:
        return True
    stack = [(a, b)]
    while stack:
        left, right = stack.pop()
        if left is right:
            continue
        if type(left) is not type(right) or left.dtype != right.dtype or not left.children:
            if not (isinstance(left, IntImm | prim.FloatImm) and type(left) is type(right)):
                return False
            if left.dtype != right.dtype or left.value != right.value:  # pyright: ignore[reportAttributeAccessIssue]
                return False
            continue
        if isinstance(left, prim.Load) and left.buffer is not right.buffer:  # pyright: ignore[reportAttributeAccessIssue]
            return False
        if isinstance(left, prim.Intrinsic) and left.name != right.name:  # pyright: ignore[reportAttributeAccessIssue]
            return False
        ours, theirs = list(left.iter_children()), list(right.iter_children())
        if len(ours) != len(theirs):
            return False
        stack.extend(zip(ours, theirs, strict=True))  # pyright: ignore[reportArgumentType]
    return True
