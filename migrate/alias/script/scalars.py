"""What ``T.`` names outside the body of tensor programs: element types as functions, and annotations of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrate.alias.current import before
from tensor_core import dtypes, prim

__all__ = ["Annotation", "find"]

_PREFIXES = ("int", "uint", "float", "bfloat")


class Annotation:
    """What an annotation such as ``T.Buffer((4,), "float32")`` evaluates to: nothing looks at it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __class_getitem__(cls, item: Any) -> type[Annotation]:
        return cls


def find(name: str) -> Any:
    """The function or annotation of this name. AttributeError for what only means something inside a program."""
    if name in ("bool", "boolean") or name.startswith(_PREFIXES):
        return _scalar("bool" if name == "boolean" else name)
    if name in ("Buffer", "handle", "Ptr", "let", "Let", "buffer_decl"):
        return Annotation
    from migrate.alias.tvm import tir

    return getattr(tir, name)


def _scalar(dtype: str) -> Callable[..., Any]:
    def make(expr: Any = None, is_size_var: bool = False) -> Any:
        """A constant of this element type, a conversion to it, or without an argument a new variable."""
        if expr is None:
            kind = prim.SizeVar if is_size_var else prim.Var
            return kind("", dtype)
        if isinstance(expr, prim.PrimExpr):
            return expr.astype(dtype)
        return _constant(expr, dtype)

    make.__name__ = dtype
    return make


def _constant(value: Any, dtype: str) -> Any:
    if before("0.20"):
        from migrate.alias.tvm.tir.expr import const

        return const(value, dtype) if dtypes.is_int(dtype) or dtypes.is_float(dtype) else prim.const(value, dtype)
    return prim.const(value, dtype)
