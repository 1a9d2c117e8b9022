"""Integer arithmetic without operations that do nothing: for people who read printed kernels."""

from __future__ import annotations

from tensor_core import dtypes, prim
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.prim import IntImm, PrimExpr


def simplified(func: PrimFunc) -> PrimFunc:
    """``func`` with constant integers folded, neutral operands dropped and decided choices taken; same values."""
    return _Simplify().function(func)


class _Simplify(Rewriter):
    def expression(self, expr: PrimExpr) -> PrimExpr:
        match expr:
            case prim.And() | prim.Or():
                return _logical(expr)
            case prim.Binary() if dtypes.is_int(expr.a.dtype):
                return _fold(expr) or _neutral(expr)
            case prim.Cast() if expr.dtype == expr.value.dtype:
                return expr.value
            case prim.Cast(value=IntImm() as inner) if dtypes.is_int(expr.dtype) and _fits(inner.value, expr.dtype):
                return IntImm(inner.value, expr.dtype)
            case prim.Select(condition=IntImm() as known):
                return expr.a if known.value else expr.b
            case _:
                return expr


def _logical(expr: prim.And | prim.Or) -> PrimExpr:
    decides = isinstance(expr, prim.Or)
    for one, other in ((expr.a, expr.b), (expr.b, expr.a)):
        if isinstance(one, IntImm) and bool(one.value) != decides:
            return other
    return expr


def _fold(expr: prim.Binary) -> PrimExpr | None:
    if not isinstance(expr.a, IntImm) or not isinstance(expr.b, IntImm):
        return None
    a, b = expr.a.value, expr.b.value
    match expr:
        case prim.Add():
            value = a + b
        case prim.Sub():
            value = a - b
        case prim.Mul():
            value = a * b
        case prim.FloorDiv() if b:
            value = a // b
        case prim.FloorMod() if b:
            value = a % b
        case prim.Min():
            value = min(a, b)
        case prim.Max():
            value = max(a, b)
        case prim.LT():
            return IntImm(int(a < b), "bool")
        case prim.LE():
            return IntImm(int(a <= b), "bool")
        case prim.EQ():
            return IntImm(int(a == b), "bool")
        case _:
            return None
    return IntImm(value, expr.dtype) if _fits(value, expr.dtype) else None


def _neutral(expr: prim.Binary) -> PrimExpr:
    a, b = _value(expr.a), _value(expr.b)
    match expr:
        case prim.Add() if a == 0:
            return expr.b
        case prim.Add() | prim.Sub() if b == 0:
            return expr.a
        case prim.Mul() if a == 1:
            return expr.b
        case prim.Mul() | prim.FloorDiv() | prim.Div() if b == 1:
            return expr.a
        case prim.Mul() if 0 in (a, b) and isinstance(expr.a if b == 0 else expr.b, prim.Var):
            return IntImm(0, expr.dtype)
        case prim.FloorMod() if b == 1 and isinstance(expr.a, prim.Var):
            return IntImm(0, expr.dtype)
        case _:
            return expr


def _value(expr: PrimExpr) -> int | None:
    return expr.value if isinstance(expr, IntImm) else None


def _fits(value: int, dtype: str) -> bool:
    bits = dtypes.bits(dtype)
    low, high = (0, 1 << bits) if dtypes.is_unsigned_int(dtype) else (-(1 << (bits - 1)), 1 << (bits - 1))
    return low <= value < high
