"""Python values as operands and attributes of calls, as the functions of tvm.relax.op take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import DataTypeImm, Expr, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.types.leaves import type_of
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.ops.card import REQUIRED, Carrier, Field, Kind, Operand
from tensor_core.shapes import as_dim

__all__ = ["as_attribute", "as_expr", "as_operand", "as_prim", "as_shape", "refused", "shown", "with_type"]


def refused(message: str) -> DiagnosticError:
    """The error of an argument that cannot be what is asked for: R2R0202, a TypeError as well."""
    return fail(codes.TYPE_MISMATCH, message)


def with_type(expr: Any) -> Any:
    """The expression, with its type when that follows from its parts."""
    if expr.ty is None:
        expr.memo("ty", type_of(expr))
    return expr


def as_prim(value: Any) -> Any:
    """A scalar expression: an int becomes int64, a float float64, a bool bool. Expressions stay."""
    if isinstance(value, bool):
        return prim.IntImm(int(value), "bool")
    if isinstance(value, int):
        return prim.IntImm(int(value), getattr(value, "dtype", "int64") if type(value) is not prim.Imm else "int64")
    if isinstance(value, float):
        return prim.FloatImm(float(value), getattr(value, "dtype", "float64"))
    return value


def as_expr(value: Any) -> Any:
    """What tvm.relax.utils.convert_to_expr makes of a value: sequences are tuples, numbers scalars, text strings.

    R2R0202 for what is none of these.
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, (tuple, list)):
        items = cast("Sequence[Any]", value)
        return with_type(Tuple(tuple(map(as_expr, items))))
    if isinstance(value, str):
        return with_type(StringImm(value))
    if isinstance(value, (bool, int, float, prim.PrimExpr)):
        return with_type(PrimValue(as_prim(value)))
    raise refused(f"cannot convert {shown(value)} of type {type(value).__name__} to a Relax expression")


def as_shape(value: Any, name: str = "shape") -> Any:
    """A sequence of dimensions as a shape; expressions stay. R2R0202 for what is neither."""
    if isinstance(value, (tuple, list)):
        dims = cast("Sequence[Any]", value)
        for dim in dims:
            if not isinstance(dim, (int, np.integer, prim.PrimExpr)):
                raise refused(f"a dimension of {name} must be an integer, got {shown(dim)}")
        return with_type(ShapeExpr(tuple(map(as_dim, dims))))
    if isinstance(value, Expr) and not isinstance(value, PrimValue):
        return value
    raise refused(f"{name} must be a tuple/list or a Relax shape expression, got {shown(value)}")


def as_operand(operand: Operand, value: Any) -> Expr:
    """An operand of a call. R2R0202 for what cannot be one."""
    match operand.carrier:
        case Carrier.SHAPE:
            return as_shape(value, operand.name)
        case Carrier.SCALARS:
            return as_expr(value)
        case Carrier.SCALAR | Carrier.NUMBER:
            return as_expr(value)
        case Carrier.TENSOR:
            if isinstance(value, (tuple, list)):
                return as_expr(value)
            if isinstance(value, Expr):
                return value
            raise refused(f"argument {operand.name} must be a Relax expression, got {type(value).__name__}")


def as_attribute(item: Field, value: Any, operator: str = "") -> Any:
    """A value as the attribute's kind. R2R0105 when it is of another kind; ``operator`` is who takes it."""
    try:
        return _attribute(item, value)
    except _WrongKind:
        whose = f" of {operator}" if operator else ""
        message = f"attribute {item.name}{whose} must be of kind {item.kind.value}, not {shown(value)}"
        raise fail(codes.BAD_ATTRIBUTE, message) from None


class _WrongKind(Exception):
    """A value is not of the kind that is asked for."""


def _attribute(item: Field, value: Any) -> Any:
    if item.kind is Kind.DTYPE:
        if not isinstance(value, (str, DataTypeImm, type(None))) and not hasattr(value, "dtype"):
            raise _WrongKind
        unset = item.default if item.default in (None, "", "void") else None
        text = "" if value is None else str(value)
        if not dtypes.is_name(text):
            raise _WrongKind
        return text if text not in ("", "void") else unset
    if value is None and (item.optional or item.default is None or item.kind is Kind.OBJECT):
        return None
    if value is None and item.kind is Kind.STR and item.default is not REQUIRED:
        return item.default
    return _CONVERT.get(item.kind, _same)(value)


def _same(value: Any) -> Any:
    return value


def _int(value: Any) -> int:
    if isinstance(value, PrimValue):
        value = value.value
    if isinstance(value, prim.IntImm):
        value = value.value
    if not isinstance(value, int):
        raise _WrongKind
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, PrimValue):
        value = value.value
    if isinstance(value, (prim.IntImm, prim.FloatImm)):
        value = value.value
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise _WrongKind
    return float(cast(Any, value))


def shown(value: Any) -> str:
    """What a message says of a value: expressions by their kind, for their text may need more than themselves."""
    if isinstance(value, (Expr, prim.PrimExpr)):
        return f"a {type(value).__name__}"
    return repr(value) if len(repr(value)) < 80 else f"a {type(value).__name__}"


def _dim(value: Any) -> Any:
    return as_dim(value) if isinstance(value, prim.PrimExpr) else _int(value)


def _str(value: Any) -> str:
    if isinstance(value, (StringImm, DataTypeImm)):
        return value.value
    if not isinstance(value, str):
        raise _WrongKind
    return str(value)


def _many(convert: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        items = value.values if isinstance(value, ShapeExpr) else value
        return (
            tuple(map(convert, cast("Sequence[Any]", items))) if isinstance(items, (list, tuple)) else (convert(items),)
        )

    return read


_CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: lambda value: bool(_int(value)),
    Kind.STR: _str,
    Kind.INTS: _many(_int),
    Kind.FLOATS: _many(_float),
    Kind.NESTED_INTS: _many(_many(_int)),
    Kind.INT_OR_INTS: lambda value: _many(_dim)(value) if isinstance(value, (list, tuple)) else _dim(value),
}
