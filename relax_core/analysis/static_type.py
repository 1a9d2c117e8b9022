"""relax.analysis.get_static_type: a type without shapes and values."""

from __future__ import annotations

from typing import Any

from relax_core.ir import static
from relax_core.ir.types import FuncType, ObjectType, PrimType, ShapeType, TensorType, TupleType, Type
from tensor_core.trampoline import Steps, run


def get_static_type(ty: Type) -> Type:
    """What is left of a type when dimensions and values are forgotten, as TVM 0.26 and later say it."""
    return run(_forget(ty))


def legacy_static_type(ty: Type) -> Type:
    """The same as a type of :mod:`relax_core.ir.static`, which is what releases before 0.26 answer.

    Scalars keep their type, as there is no other for them.
    """
    return run(_legacy(ty))


def _forget(ty: Any) -> Steps[Type]:
    match ty:
        case TensorType():
            return TensorType(None, ty.dtype, ndim=ty.ndim)
        case ShapeType():
            return ShapeType(None, ty.ndim)
        case PrimType():
            return PrimType(ty.dtype)
        case TupleType():
            fields: list[Type] = []
            for item in ty.fields:
                fields.append((yield _forget(item)))
            return TupleType(tuple(fields))
        case FuncType():
            inputs: list[Type] = []
            for item in ty.params or ():
                inputs.append((yield _forget(item)))
            result = yield _forget(ty.ret)
            return FuncType(None if ty.params is None else tuple(inputs), result, ty.pure)
        case _:
            return ObjectType()


def _legacy(ty: Any) -> Steps[Type]:
    match ty:
        case TensorType():
            return static.DynTensorType(ty.ndim, ty.dtype)
        case ShapeType():
            return static.ShapeType(ty.ndim)
        case PrimType():
            return PrimType(ty.dtype)
        case TupleType():
            fields: list[Type] = []
            for item in ty.fields:
                fields.append((yield _legacy(item)))
            return TupleType(tuple(fields))
        case FuncType() if ty.params is not None:
            inputs: list[Type] = []
            for item in ty.params:
                inputs.append((yield _legacy(item)))
            return static.FuncType(tuple(inputs), (yield _legacy(ty.ret)))
        case FuncType():
            return static.PackedFuncType()
        case _:
            return static.ObjectType()
