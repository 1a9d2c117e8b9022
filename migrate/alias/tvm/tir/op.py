"""tvm.tir.op: arithmetic on scalar expressions."""

from __future__ import annotations

from typing import Any

from tensor_core import shapes

__all__ = ["floordiv", "floormod", "indexdiv", "indexmod"]


def floordiv(a: Any, b: Any, span: Any = None) -> Any:
    """The quotient, rounded down."""
    del span
    return a // b if isinstance(a, int) and isinstance(b, int) else shapes.as_expr(a) // b


def floormod(a: Any, b: Any, span: Any = None) -> Any:
    """The remainder of :func:`floordiv`."""
    del span
    return a % b if isinstance(a, int) and isinstance(b, int) else shapes.as_expr(a) % b


indexdiv = floordiv
indexmod = floormod
