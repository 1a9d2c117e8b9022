"""Operations on scalars as node classes: tvm.tir.Add and its kin, which take numbers for operands."""

from __future__ import annotations

from typing import Any

from migrate.alias.facade import facade
from tensor_core import prim

__all__ = [
    "EQ", "GE", "GT", "LE", "LT", "NE", "Add", "And", "Cast", "Div", "FloorDiv", "FloorMod", "Max", "Min", "Mul", "Not",
    "Or", "PrimExpr", "Select", "StringImm", "Sub", "TruncMod",
]  # fmt: skip

PrimExpr = prim.PrimExpr


def as_scalar(value: Any, like: Any = None) -> Any:
    """A scalar expression: a number takes the element type of ``like``, else int32 or float32."""
    if isinstance(value, prim.PrimExpr):
        return value
    if isinstance(like, prim.PrimExpr):
        return prim.const(value, like.dtype)
    natural = "bool" if isinstance(value, bool) else "float32" if isinstance(value, float) else "int32"
    return prim.const(value, getattr(value, "dtype", natural))


def _binary(kind: Any) -> Any:
    def make(a: Any, b: Any, span: Any = None) -> Any:
        del span
        left = as_scalar(a, b)
        return kind(left, as_scalar(b, left))

    return facade(kind.__name__, (kind,), make)


def _not(a: Any, span: Any = None) -> Any:
    del span
    return prim.Not(as_scalar(a))


def _cast(dtype: Any, value: Any, span: Any = None) -> Any:
    del span
    return prim.Cast(as_scalar(value), str(dtype))


def _select(condition: Any, true_value: Any, false_value: Any, span: Any = None) -> Any:
    del span
    first = as_scalar(true_value, false_value)
    return prim.Select(as_scalar(condition), first, as_scalar(false_value, first))


def _string(value: Any, span: Any = None) -> Any:
    del span
    return prim.StringImm(str(value))


Add = _binary(prim.Add)
Sub = _binary(prim.Sub)
Mul = _binary(prim.Mul)
Div = _binary(prim.Div)
TruncMod = _binary(prim.TruncMod)
FloorDiv = _binary(prim.FloorDiv)
FloorMod = _binary(prim.FloorMod)
Min = _binary(prim.Min)
Max = _binary(prim.Max)
EQ = _binary(prim.EQ)
NE = _binary(prim.NE)
LT = _binary(prim.LT)
LE = _binary(prim.LE)
GT = _binary(getattr(prim, "GT", prim.LT))
GE = _binary(getattr(prim, "GE", prim.LE))
And = _binary(prim.And)
Or = _binary(prim.Or)
Not = facade("Not", (prim.Not,), _not)
Cast = facade("Cast", (prim.Cast,), _cast)
Select = facade("Select", (prim.Select,), _select)
StringImm = facade("StringImm", (prim.StringImm,), _string)
