"""Relax's types as tvm.relax has them: the same classes, made from what TVM's constructors take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from migrate.alias.errors import WrongArgument, sequence
from migrate.alias.facade import facade
from relax_core.ir import types
from tensor_core import prim
from tensor_core.shapes import as_dim
from tensor_core.types import Type

__all__ = [
    "DynTensorType",
    "FuncType",
    "ObjectType",
    "PackedFuncType",
    "PrimType",
    "ShapeType",
    "StructInfo",
    "TensorType",
    "TupleType",
    "as_type",
]

StructInfo = Type


def as_type(value: Any) -> Type | None:
    """The type that an annotation means: itself, what ``R.Tensor`` and its like stand for, None for none."""
    if value is None or isinstance(value, Type):
        return value
    made: Any = cast("Callable[[], Any]", value)() if callable(value) else value
    return made if isinstance(made, Type) else made.as_struct_info()


def _object(span: Any = None) -> types.ObjectType:
    del span
    return types.ObjectType()


def _tensor(shape: Any = None, dtype: Any = "float32", vdevice: Any = None, ndim: int = -1, span: Any = None) -> Type:
    if shape is not None and ndim != -1:
        raise ValueError("TensorStructInfo cannot both specify shape and ndim")
    return types.TensorType(shape, None if dtype is None else str(dtype), vdevice, ndim, span)


def _shape(values: Any = None, ndim: int = -1, span: Any = None) -> Type:
    del span
    if values is None:
        return types.ShapeType(None, ndim)
    if ndim != -1:
        raise ValueError("ShapeStructInfo cannot both specify values and ndim")
    return types.ShapeType(tuple(map(as_dim, sequence(values, "values"))))


def _prim(dtype: Any = None, value: Any = None, span: Any = None) -> Type:
    del span
    if isinstance(dtype, (int, float, prim.PrimExpr)):
        raise TypeError("the first argument of PrimStructInfo is the element type; give the value by keyword")
    if dtype is None and value is None:
        raise TypeError("PrimStructInfo needs an element type or a value")
    if isinstance(dtype, (list, tuple)):
        raise WrongArgument(f"an element type cannot be {dtype}")
    if value is None:
        return types.PrimType(str(dtype))
    if not isinstance(value, prim.PrimExpr):
        plain = "bool" if isinstance(value, bool) else "int64" if isinstance(value, int) else "float64"
        natural: str = getattr(value, "dtype", plain)
        value = prim.const(value, str(dtype) if dtype is not None else natural)
    elif dtype is not None:
        assert value.dtype == str(dtype), f"the value {value} has the element type {value.dtype}, not {dtype}"
    return types.PrimType(value.dtype, as_dim(value))


def _tuple(fields: Any, span: Any = None) -> Type:
    del span
    return types.TupleType(tuple(item for item in map(as_type, sequence(fields, "fields")) if item is not None))


def _function(params: Any, ret: Any, purity: bool = True, span: Any = None) -> Type:
    del span
    inputs = (
        None if params is None else tuple(item for item in map(as_type, sequence(params, "params")) if item is not None)
    )
    result = as_type(ret)
    return types.FuncType(inputs, types.ObjectType() if result is None else result, bool(purity))


def opaque_func(*, ret: Any = None, derive_func: Any = None, purity: bool = False, span: Any = None) -> Type:
    """The type of a function of which nothing is known but its result, or how that follows from a call."""
    result = as_type(ret)
    return types.FuncType(None, types.ObjectType() if result is None else result, bool(purity), derive_func, span)


def DynTensorType(ndim: int = -1, dtype: Any = "float32", span: Any = None) -> Type:
    """What is known of a tensor without values, which had a type of its own before TVM 0.26."""
    return types.TensorType(None, None if dtype is None else str(dtype), None, ndim, span)


def PackedFuncType(span: Any = None) -> Type:
    """The type of a function of the runtime, which had a type of its own before TVM 0.26."""
    return types.FuncType(None, types.ObjectType(), False, None, span)


ObjectType = facade("ObjectType", (types.ObjectType,), _object)
TensorType = facade("TensorType", (types.TensorType,), _tensor)
ShapeType = facade("ShapeType", (types.ShapeType,), _shape)
PrimType = facade("PrimType", (types.PrimType,), _prim)
TupleType = facade("TupleType", (types.TupleType,), _tuple)
FuncType = facade("FuncType", (types.FuncType,), _function)
FuncType.opaque_func = staticmethod(opaque_func)
