"""The types of expressions that need no deduction rule."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    PrimFunc,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.types import FuncType, ObjectType, PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.types.plain import of_array
from tensor_core import prim
from tensor_core.tir.purity import is_pure_function
from tensor_core.types import tensor_type_of

OBJECT = ObjectType()
VOID = TupleType(())
EXTERN = FuncType(None, OBJECT, pure=False)


def type_of(expr: Expr) -> Type | None:
    """The type of an expression; None when it is not known yet. Types of leaves are computed and kept."""
    known: Type | None = getattr(expr, "ty", None)
    if known is not None or isinstance(expr, Var | Call | If | SeqExpr):
        return known
    if isinstance(expr, GlobalVar):
        return expr.checked
    found = _compute(expr)
    if found is not None and hasattr(expr, "ty"):
        expr.memo("ty", found)
    return found


def _compute(expr: Expr) -> Type | None:
    match expr:
        case Constant():
            return of_array(tensor_type_of(expr.data))
        case ShapeExpr():
            return ShapeType(expr.values)
        case PrimValue():
            return prim_type(expr.value)
        case StringImm():
            return OBJECT
        case DataTypeImm():
            return ObjectType(value=expr.value)
        case ExternFunc():
            return EXTERN
        case Tuple():
            return _tuple_type(expr)
        case TupleGetItem():
            source = type_of(expr.tuple_value)
            inside = isinstance(source, TupleType) and -1 < expr.index < len(source.fields)
            return source.fields[expr.index] if isinstance(source, TupleType) and inside else None
        case Function():
            return function_type(expr)
        case PrimFunc():
            return kernel_type(expr)
        case _:
            return None


def _tuple_type(expr: Tuple) -> Type | None:
    # Nested tuples of any depth: innermost first, so that each field is a look-up.
    pending: list[Tuple] = [expr]
    order: list[Tuple] = []
    while pending:
        item = pending.pop()
        order.append(item)
        pending.extend(field for field in item.fields if isinstance(field, Tuple) and field.ty is None)
    for item in reversed(order):
        fields: list[Type] = []
        for field in item.fields:
            found = type_of(field)
            if found is None:
                return None
            fields.append(found)
        item.memo("ty", TupleType(tuple(fields)))
    return expr.ty


def prim_type(value: prim.PrimExpr) -> PrimType:
    """The type of a scalar: with its value when that is an integer expression."""
    if isinstance(value, prim.IntImm):
        return PrimType(value.dtype, value.value)
    return PrimType(value.dtype, value if value.dtype.startswith("int") else None)


def function_type(function: Function) -> FuncType | None:
    """The type of a function whose parameters and result are annotated, else None."""
    params: list[Any] = [param.ty for param in function.params]
    if function.ret_ty is None or any(item is None for item in params):
        return None
    return FuncType(tuple(params), function.ret_ty, function.is_pure)


def kernel_type(function: PrimFunc) -> FuncType:
    """The type of a tensor program: arrays as its buffers say, no result but a scalar one; pure if it writes none."""
    params = tuple([_parameter_type(function, var) for var in function.params])
    return FuncType(params, PrimType(function.ret_type) if function.ret_type else VOID, is_pure_function(function))


def _parameter_type(function: PrimFunc, var: prim.Var) -> Type:
    buffer = function.buffer_map.get(var)
    if buffer is not None:
        return TensorType(buffer.shape, buffer.dtype)
    return OBJECT if var.dtype == "handle" else PrimType(var.dtype)
