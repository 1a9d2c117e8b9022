"""Scalars among expressions, where one class of variables and calls serves tensors and scalars (since TVM 0.26)."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import PrimValue, Var
from relax_core.ir.types import PrimType
from tensor_core import prim

__all__ = ["is_prim_expr", "is_prim_var"]


def is_prim_expr(value: Any) -> bool:
    """Whether a value is a scalar expression."""
    return isinstance(value, (prim.PrimExpr, PrimValue)) or isinstance(getattr(value, "ty", None), PrimType)


def is_prim_var(value: Any) -> bool:
    """Whether a value is a scalar variable."""
    return isinstance(value, prim.Var) or (isinstance(value, Var) and isinstance(value.ty, PrimType))
