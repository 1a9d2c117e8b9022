"""Shorthands for making expressions (tvm.relay.var, const and bind in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from relay_compat.ir.expr import Constant, Expr, Function, Var
from relay_compat.ir.types import TensorType, Type
from relay_compat.visit import Rewriter
from tensor_core import dtypes, shapes
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.node import Node
from tensor_core.spans import Span

E = TypeVar("E", bound=Expr)

_NARROWED = {np.dtype(np.float64): np.float32, np.dtype(np.int64): np.int32}


def var(
    name_hint: str,
    type_annotation: Type | str | None = None,
    shape: Sequence[Any] | None = None,
    dtype: str = "float32",
    span: Span | None = None,
) -> Var:
    """A new variable. ``shape`` and ``dtype`` stand for a tensor type; a string annotation for a scalar of that type.

    ValueError when both an annotation and a shape are given.
    """
    if type_annotation is not None and shape is not None:
        raise ValueError("Can only specify either type_annotation or shape.")
    if shape is not None:
        type_annotation = TensorType(shapes.as_shape(shape), dtype)
    elif isinstance(type_annotation, str):
        type_annotation = TensorType((), type_annotation)
    return Var(name_hint, type_annotation, span)


def const(value: Any, dtype: Any = None, span: Span | None = None) -> Constant:
    """A constant from a number, a (nested) list or an array. A type as ``dtype`` stands for its element type.

    Without ``dtype``, numbers and lists of float64 become float32, and of int64 int32; an array that is an NDArray
    keeps its own. ValueError for a value that is no array.
    """
    dtype = getattr(dtype, "dtype", dtype)
    if isinstance(value, (bool, int, float, list, tuple, np.generic)) or (
        isinstance(value, np.ndarray) and not isinstance(value, NDArray)
    ):
        array = np.array(value, dtypes.to_numpy(dtype) if dtype else None)
        value = array if dtype else array.astype(_NARROWED.get(array.dtype, array.dtype), copy=False)
    if not isinstance(value, np.ndarray):
        raise ValueError("value has to be scalar or NDArray")
    return Constant(ndarray(value), span)


def bind(expr: E, binds: Mapping[Var, Expr] | Mapping[str, Expr]) -> E:
    """The expression with variables replaced. Of a function, parameters that are bound go; free variables that the
    bound values bring in become its parameters.
    """
    from relay_compat.analysis import free_vars

    values = cast("Mapping[Any, Any]", binds)
    if not isinstance(expr, Function):
        return _Binder(values).rewrite(expr)
    body = _Binder(values).rewrite(expr.body)
    params = [param for param in expr.params if param not in values]
    if body is expr.body and len(params) == len(expr.params):
        return expr
    function = expr.replace(params=tuple(params), body=body)
    params += free_vars(function)
    return cast(E, function.replace(params=tuple(params)))


class _Binder(Rewriter):
    def __init__(self, values: Mapping[Any, Any]) -> None:
        super().__init__()
        self._values = values

    def leave(self, old: Node, new: Node) -> Node:
        return self._values.get(old, new)
