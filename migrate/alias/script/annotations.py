"""R.Tensor and its like as Python evaluates them: in annotations, whose text is what counts, and as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from migrate.alias.relax import types
from migrate.alias.relax.types import as_type
from tensor_core.types import Type

__all__ = ["Any_", "Callable", "Object", "Prim", "Shape", "StructInfoProxy", "Tensor", "Tuple", "TypeProxy"]


class StructInfoProxy:
    """A type whose dimensions may be named by text; then only the reader of scripts knows what they are."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        self.parts = parts
        self.named = named

    def as_struct_info(self, dict_globals: Mapping[str, Any] | None = None) -> Type:
        """The type; ValueError where a name or expression stands as text for a dimension."""
        del dict_globals
        raise ValueError(
            "String-defined shape expr is only allowed when parsing function parameters and return annotations for "
            "TVMScript."
        )

    as_ty = as_struct_info


TypeProxy = StructInfoProxy


def _has_text(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and any(isinstance(item, str) for item in values)  # pyright: ignore


def Object() -> Type:
    """Any value."""
    return types.ObjectType()


Any_ = Object


def Tensor(shape: Any = None, dtype: Any = None, vdevice: Any = None, ndim: int = -1) -> Any:
    """A tensor's type. ValueError for a shape that is neither a sequence nor an expression."""
    if isinstance(shape, str) and dtype is None:
        shape, dtype = None, shape
    if _has_text(shape) or isinstance(vdevice, str):
        return StructInfoProxy(shape, dtype, vdevice, ndim)
    if shape is not None and not isinstance(shape, (tuple, list)) and not hasattr(shape, "ty"):
        raise ValueError(f"shape must be a list/tuple or an Expr, but got: {shape}")
    return types.TensorType(shape, dtype, vdevice, ndim)


def Shape(values: Any = None, ndim: int = -1) -> Any:
    """A shape's type."""
    return StructInfoProxy(values) if _has_text(values) else types.ShapeType(values or None, ndim)


def Prim(dtype: Any = None, value: Any = None) -> Any:
    """A scalar's type."""
    if dtype is None and value is None:
        raise TypeError("R.Prim missing required argument.  Must provide either 'dtype' or 'value'")
    return StructInfoProxy(dtype, value) if isinstance(value, str) else types.PrimType(dtype, value)


def Tuple(*fields: Any) -> Any:
    """A tuple's type."""
    single = len(fields) == 1 and isinstance(fields[0], (tuple, list))
    parts = [_made(item) for item in cast("Sequence[Any]", fields[0] if single else fields)]
    return StructInfoProxy(*parts) if _is_open(parts) else types.TupleType(parts)


def Callable(params: Any = None, ret: Any = None, purity: bool | None = None, derive_func: Any = None) -> Any:
    """A function's type; without parameters, of one that takes anything."""
    pure = params is not None if purity is None else purity
    result = None if ret is None else _made(ret)
    if params is None:
        if isinstance(result, StructInfoProxy):
            return StructInfoProxy(result)
        return types.opaque_func(ret=result, derive_func=derive_func, purity=pure)
    parts = [_made(item) for item in (params if isinstance(params, (list, tuple)) else [params])]  # pyright: ignore
    if _is_open([*parts, result]):
        return StructInfoProxy(parts, result)
    return types.FuncType(parts, result, pure)


def _made(item: Any) -> Any:
    return item if isinstance(item, StructInfoProxy) else as_type(item)


def _is_open(parts: list[Any]) -> bool:
    return any(isinstance(item, StructInfoProxy) for item in parts)
