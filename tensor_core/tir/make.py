"""Operators as TVM's text and Python apply them: operands in one type, constants folded (arith/const_fold.h)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.prim import FloatImm, IntImm, PrimExpr
from tensor_core.tir.expr import Broadcast, bits, element, is_scalar_int, lanes, with_lanes

Operator = Callable[[PrimExpr, PrimExpr], PrimExpr]


def cast(dtype: str, value: PrimExpr) -> PrimExpr:
    """``value`` as ``dtype``: constants are converted at once, a vector of one value is the converted value's."""
    if value.dtype == dtype:
        return value
    if lanes(value.dtype) == 1 and lanes(dtype) == 1:
        known = _constant(value, dtype)
        if known is not None:
            return known
    if lanes(dtype) > 1 and lanes(value.dtype) == 1:
        return Broadcast(cast(element(dtype), value), IntImm(lanes(dtype), "int32"))
    if isinstance(value, Broadcast) and isinstance(value.value, IntImm | FloatImm):
        return Broadcast(cast(element(dtype), value.value), value.lanes)
    return prim.Cast(value, dtype)


def _constant(value: PrimExpr, dtype: str) -> PrimExpr | None:
    if isinstance(value, IntImm):
        if dtypes.is_float(dtype):
            return FloatImm(float(value.value), dtype)
        return wrapped(value.value, dtype) if _is_integer(dtype) else None
    if isinstance(value, FloatImm):
        if dtypes.is_float(dtype):
            return FloatImm(value.value, dtype)
        return wrapped(int(value.value), dtype) if _is_integer(dtype) and math.isfinite(value.value) else None
    return None


def _is_integer(dtype: str) -> bool:
    return dtype == "bool" or dtypes.is_int(dtype)


def wrapped(value: int, dtype: str) -> IntImm:
    """An integer constant brought into the range of its type."""
    if dtype == "bool":
        return IntImm(int(value != 0), dtype)
    width = bits(dtype)
    value &= (1 << width) - 1
    if not dtypes.is_unsigned_int(dtype) and value >> (width - 1):
        value -= 1 << width
    return IntImm(value, dtype)


def matched(a: PrimExpr, b: PrimExpr) -> tuple[PrimExpr, PrimExpr]:
    """Both operands in one type (BinaryOpMatchTypes of TVM): the wider of two floats or integers, else the float."""
    if a.dtype == b.dtype:
        return a, b
    if lanes(a.dtype) != lanes(b.dtype):
        if lanes(a.dtype) == 1:
            a = Broadcast(a, IntImm(lanes(b.dtype), "int32"))
        elif lanes(b.dtype) == 1:
            b = Broadcast(b, IntImm(lanes(a.dtype), "int32"))
    if a.dtype == b.dtype:
        return a, b
    left, right = element(a.dtype), element(b.dtype)
    if dtypes.is_float(left) and dtypes.is_float(right):
        wide = left if bits(left) >= bits(right) else right
    elif dtypes.is_float(left) or dtypes.is_float(right):
        wide = left if dtypes.is_float(left) else right
    elif not (_is_integer(left) and _is_integer(right)):
        return a, b
    elif left == "bool" or right == "bool":
        wide = right if left == "bool" else left
    elif dtypes.is_unsigned_int(left) == dtypes.is_unsigned_int(right):
        wide = left if bits(left) > bits(right) else right
    else:
        wide = f"int{max(bits(left), bits(right))}"
    wide = with_lanes(wide, lanes(a.dtype))
    return cast(wide, a), cast(wide, b)


def binary(kind: type[prim.Binary], a: PrimExpr, b: PrimExpr) -> PrimExpr:
    """``kind`` of two operands, folded where TVM folds it."""
    a, b = matched(a, b)
    if kind is prim.And or kind is prim.Or:
        return _logical(kind, a, b)
    return fold(kind, a, b) or kind(a, b)


def is_plain(node: prim.Binary) -> bool:
    """Whether writing the operator gives this very node: its operands have one type and nothing is folded."""
    if node.a.dtype != node.b.dtype:
        return False
    if isinstance(node, prim.And | prim.Or):
        return not isinstance(node.a, IntImm) and not isinstance(node.b, IntImm)
    return fold(type(node), node.a, node.b) is None


def negated(value: PrimExpr) -> PrimExpr:
    """``-value`` as TVM's Python has it: times -1."""
    if isinstance(value, IntImm):
        return wrapped(-value.value, value.dtype)
    if isinstance(value, FloatImm):
        return FloatImm(-value.value, value.dtype)
    return binary(prim.Mul, value, prim.const(-1, element(value.dtype)))


def logical_not(value: PrimExpr) -> PrimExpr:
    """``not value``; a constant is folded."""
    return IntImm(int(not value.value), "bool") if isinstance(value, IntImm) else prim.Not(value)


def _logical(kind: type[prim.Binary], a: PrimExpr, b: PrimExpr) -> PrimExpr:
    decides = kind is prim.Or
    for one, other in ((a, b), (b, a)):
        if isinstance(one, IntImm):
            return one if bool(one.value) == decides else other
    return kind(a, b)


def fold(kind: type[prim.Binary], a: PrimExpr, b: PrimExpr) -> PrimExpr | None:
    """What TVM makes of constant operands and neutral elements; None when it keeps the operator."""
    integers = _int(a), _int(b)
    floats = _float(a), _float(b)
    compare = _COMPARE.get(kind)
    if compare is not None:
        for x, y in (integers, floats):
            if x is not None and y is not None:
                return IntImm(int(compare(x, y)), "bool")
        return None
    if kind in (prim.Min, prim.Max):
        if a is b:
            return a
        choose = min if kind is prim.Min else max
        if integers[0] is not None and integers[1] is not None:
            return IntImm(choose(integers[0], integers[1]), a.dtype)
        if floats[0] is not None and floats[1] is not None:
            return FloatImm(choose(floats[0], floats[1]), a.dtype)
        return None
    if kind in (prim.FloorMod, prim.TruncMod):
        return _remainder(kind, a, *integers)
    return _arithmetic(kind, a, b, integers, floats)


def _remainder(kind: type[prim.Binary], a: PrimExpr, x: int | None, y: int | None) -> PrimExpr | None:
    if not is_scalar_int(a.dtype) or y == 0:
        return None
    if x is not None and y is not None:
        return wrapped(x % y if kind is prim.FloorMod else int(math.fmod(x, y)), a.dtype)
    if x == 0:
        return a
    return IntImm(0, a.dtype) if y == 1 else None


def _arithmetic(
    kind: type[prim.Binary],
    a: PrimExpr,
    b: PrimExpr,
    integers: tuple[int | None, int | None],
    floats: tuple[float | None, float | None],
) -> PrimExpr | None:
    divides = kind in (prim.Div, prim.FloorDiv)
    x, y = integers
    if divides and (y == 0 or floats[1] == 0):
        return None
    if x is not None and y is not None:
        return wrapped(_INTEGER[kind](x, y), a.dtype)
    neutral = _neutral(kind, a, b, x, y)
    if neutral is not None:
        return neutral
    u, v = floats
    if u is not None and v is not None:
        folded = _fold_floats(kind, u, v, a.dtype)
        if folded is not None or kind is prim.FloorDiv:
            return folded
    return _neutral(kind, a, b, u, v)


def _neutral(kind: type[prim.Binary], a: PrimExpr, b: PrimExpr, x: float | None, y: float | None) -> PrimExpr | None:
    if kind is prim.Add:
        return b if x == 0 else a if y == 0 else None
    if kind is prim.Sub:
        return a if y == 0 else None
    if kind is prim.Mul:
        for one, self, other in ((x, a, b), (y, b, a)):
            if one == 1:
                return other
            if one == 0:
                return self
        return None
    return a if x == 0 or y == 1 else None


def _fold_floats(kind: type[prim.Binary], x: float, y: float, dtype: str) -> PrimExpr | None:
    if dtype not in ("float32", "float64"):
        return None
    real = np.dtype(dtype).type
    with np.errstate(all="ignore"):
        one, other = real(x), real(y)
        if kind is prim.Add:
            value = one + other
        elif kind is prim.Sub:
            value = one - other
        elif kind is prim.Mul:
            value = one * other
        else:
            value = one / other
            value = np.floor(value) if kind is prim.FloorDiv else value
    return FloatImm(float(value), dtype)


def _int(expr: PrimExpr) -> int | None:
    return expr.value if isinstance(expr, IntImm) else None


def _float(expr: PrimExpr) -> float | None:
    return expr.value if isinstance(expr, FloatImm) else None


_COMPARE: dict[type[prim.Binary], Callable[[float, float], bool]] = {
    prim.EQ: lambda x, y: x == y,
    prim.NE: lambda x, y: x != y,
    prim.LT: lambda x, y: x < y,
    prim.LE: lambda x, y: x <= y,
    prim.GT: lambda x, y: x > y,
    prim.GE: lambda x, y: x >= y,
}
_INTEGER: dict[type[prim.Binary], Callable[[int, int], int]] = {
    prim.Add: lambda x, y: x + y,
    prim.Sub: lambda x, y: x - y,
    prim.Mul: lambda x, y: x * y,
    prim.Div: lambda x, y: abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1),
    prim.FloorDiv: lambda x, y: x // y,
}
