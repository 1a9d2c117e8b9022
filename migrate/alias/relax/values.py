"""Values of Relax programs made from Python ones: constants, shapes, expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.alias.current import before
from migrate.alias.ir.prim import is_prim_expr
from migrate.alias.relax import nodes, types
from relax_core.ir import expr
from relax_core.op.convert import as_expr, as_prim
from relax_core.types.leaves import type_of
from tensor_core import dtypes
from tensor_core.module import Expr, GlobalVar

__all__ = ["const", "convert_to_expr", "extern", "get_shape_of", "make_shape", "prim_value", "update_type"]

convert_to_expr = as_expr


def const(value: Any, dtype: Any = None) -> expr.Constant:
    """A constant. Python's ints become int32 and its floats float32 unless an element type is given, as numpy's
    64-bit numbers do; arrays keep theirs. TypeError for other objects.
    """
    if isinstance(value, (bool, int, float)):
        natural = "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "float32"
        return nodes.Constant(np.array(value, dtypes.to_numpy(str(dtype or natural))))
    data: np.ndarray[Any, Any] = np.asarray(value)
    if data.dtype == object:
        raise TypeError("Cannot convert data to Relax constant")
    if dtype is not None:
        data = data.astype(dtypes.to_numpy(str(dtype)))
    elif not isinstance(value, (np.ndarray, list)) and data.dtype in (np.float64, np.int64):
        data = data.astype("float32" if data.dtype == np.float64 else "int32")
    return nodes.Constant(data)


def make_shape(shape: Sequence[Any]) -> expr.ShapeExpr:
    """A shape from its dimensions. ValueError for what is no list or tuple."""
    if isinstance(shape, (list, tuple)):
        return nodes.ShapeExpr(shape)
    raise (ValueError if before("0.26") else TypeError)("Wrong type")


def prim_value(value: Any, span: Any = None) -> Any:
    """A scalar value: a node of Relax, since 0.26 the scalar expression itself. TypeError for what is no scalar."""
    del span
    if before("0.26"):
        return value if isinstance(value, Expr) else nodes.PrimValue(as_prim(value))
    if isinstance(value, Expr) and not is_prim_expr(value):
        raise TypeError(f"Cannot convert {value!r} to a scalar")
    plain: Any = value
    return as_prim(plain.item() if isinstance(plain, np.generic) else plain)


def extern(name: str, struct_info: Any = None, span: Any = None, *, ty: Any = None) -> expr.ExternFunc:
    """A function of the runtime by its name."""
    return nodes.ExternFunc(name, struct_info if ty is None else ty, span)


def get_shape_of(value: Expr) -> Any:
    """The shape of a tensor expression: known, or computed by a call."""
    type_ = type_of(value)
    shape = getattr(type_, "shape", None)
    return shape if shape is not None else expr.Call(expr.op("relax.shape_of"), (value,))


def update_type(value: Any, ty: Any) -> None:
    """Say what type an expression has, in place."""
    value.memo("checked" if isinstance(value, GlobalVar) else "ty", types.as_type(ty))
