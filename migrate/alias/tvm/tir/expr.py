"""tvm.tir.expr: scalar expressions."""

from __future__ import annotations

from typing import Any as AnyValue

from migrate.alias.facade import facade
from relay_compat.ir.values import TypedFloat, TypedInt
from tensor_core import dtypes, prim


def const(value: AnyValue, dtype: str | None = None) -> AnyValue:
    """A constant: int32 and float32 unless a type is given."""
    if isinstance(value, float) and not (dtype and dtypes.is_int(dtype)):
        return TypedFloat(value, dtype or "float32")
    return _integer(dtype or "int32", int(value))


def var(name: str = "tindex", dtype: str = "int32") -> prim.Var:
    """A new variable."""
    return prim.Var(name, dtype)


def size_var(name: str = "size", dtype: str = "int32") -> prim.Var:
    """A new variable that is not negative."""
    return prim.SizeVar(name, dtype)


def _integer(dtype: str, value: int, span: AnyValue = None) -> AnyValue:
    del span
    return prim.Imm(value) if dtype == "int32" else TypedInt(value, dtype)


def _float(dtype: str, value: float, span: AnyValue = None) -> TypedFloat:
    del span
    return TypedFloat(value, dtype)


def _var(
    name: AnyValue = "", dtype: AnyValue = "int32", span: AnyValue = None, *, ty: AnyValue = None, **named: AnyValue
) -> prim.Var:
    del span
    return prim.Var(str(named.get("name_hint", name)), str(dtype if ty is None else getattr(ty, "dtype", ty)))


IntImm = facade("IntImm", (prim.Imm, prim.IntImm), _integer)
FloatImm = facade("FloatImm", (TypedFloat, prim.FloatImm), _float)
Var = facade("Var", (prim.Var,), _var)
SizeVar = facade("SizeVar", (prim.SizeVar,), prim.SizeVar)
Any = prim.AnyDim

__all__ = ["Any", "FloatImm", "IntImm", "SizeVar", "Var", "const", "size_var", "var"]
