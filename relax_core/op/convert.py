"""Python values as operands and attributes of calls, as the functions of tvm.relax.op take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from relax_core.ir.expr import DataTypeImm, Expr, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.types.leaves import type_of
from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.ops.card import Carrier, Field, Kind, Operand
from tensor_core.shapes import as_dim

__all__ = ["as_attribute", "as_expr", "as_operand", "as_prim", "as_shape", "refused", "with_type"]


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
    raise refused(f"cannot convert {value!r} of type {type(value).__name__} to a Relax expression")


def as_shape(value: Any) -> Any:
    """A sequence of dimensions as a shape; expressions stay. R2R0202 for what is neither."""
    if isinstance(value, (tuple, list)):
        dims = cast("Sequence[Any]", value)
        return with_type(ShapeExpr(tuple(map(as_dim, dims))))
    if isinstance(value, Expr) and not isinstance(value, PrimValue):
        return value
    raise refused(f"shape must be a tuple/list or a Relax shape expression, got {value!r}")


def as_operand(operand: Operand, value: Any) -> Expr:
    """An operand of a call. R2R0202 for what cannot be one."""
    match operand.carrier:
        case Carrier.SHAPE:
            return as_shape(value)
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


def as_attribute(item: Field, value: Any) -> Any:
    """A value as the attribute's kind. R2R0202 when it is of another kind."""
    if item.kind is Kind.DTYPE:
        unset = item.default if item.default in (None, "", "void") else None
        text = "" if value is None else str(value)
        return text if text not in ("", "void") else unset
    if value is None:
        return None if item.kind is not Kind.STR or item.optional or item.default is None else item.default
    return _CONVERT.get(item.kind, _same)(value)


def _same(value: Any) -> Any:
    return value


def _int(value: Any) -> int:
    if isinstance(value, PrimValue):
        value = value.value
    if isinstance(value, prim.IntImm):
        value = value.value
    if not isinstance(value, int):
        raise refused(f"expected an integer, got {_shown(value)}")
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, PrimValue):
        value = value.value
    return float(value.value if isinstance(value, (prim.IntImm, prim.FloatImm)) else value)


def _shown(value: Any) -> str:
    """What a message says of a value: expressions by their kind, for their text may need more than themselves."""
    return f"a {type(value).__name__}" if isinstance(value, (Expr, prim.PrimExpr)) else repr(value)


def _dim(value: Any) -> Any:
    return as_dim(value) if isinstance(value, prim.PrimExpr) else _int(value)


def _str(value: Any) -> str:
    if isinstance(value, (StringImm, DataTypeImm)):
        return value.value
    if not isinstance(value, str):
        raise refused(f"expected a string, got {_shown(value)}")
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
