"""Relax's types (StructInfo before TVM 0.26) beside fully shaped tensors and tuples, which both IRs share."""

from __future__ import annotations

from dataclasses import dataclass

from tensor_core.shapes import Dim, Shape, to_text
from tensor_core.types import TensorType, TupleType, Type

__all__ = [
    "FuncType",
    "ObjectType",
    "PrimType",
    "ShapeType",
    "TensorType",
    "TupleType",
    "Type",
    "UnknownShapeTensorType",
]


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """Any value (R.Object, R.Any since 0.26)."""

    def __str__(self) -> str:
        return "Object"


@dataclass(frozen=True, slots=True)
class UnknownShapeTensorType(Type):
    """A tensor of which only the rank, or nothing, is known. ``ndim`` -1: unknown; ``dtype`` "": unknown."""

    ndim: int = -1
    dtype: str = ""

    def __str__(self) -> str:
        return f"Tensor(ndim={self.ndim}, {self.dtype or 'unknown dtype'})"


@dataclass(frozen=True, slots=True)
class ShapeType(Type):
    """A shape value: its dimensions, or (``values`` None) only their number, -1 for unknown."""

    values: Shape | None = None
    ndim: int = -1

    def __str__(self) -> str:
        return f"Shape({'?' if self.values is None else ', '.join(map(to_text, self.values))})"


@dataclass(frozen=True, slots=True)
class PrimType(Type):
    """A scalar outside tensors, with its value when it is known symbolically."""

    dtype: str
    value: Dim | None = None

    def __str__(self) -> str:
        return f"Prim({self.dtype})"


@dataclass(frozen=True, slots=True)
class FuncType(Type):
    """A function; ``params`` None means anything may be passed (external functions)."""

    params: tuple[Type, ...] | None
    ret: Type
    pure: bool = True

    def __str__(self) -> str:
        inner = "..." if self.params is None else ", ".join(map(str, self.params))
        return f"Callable(({inner}), {self.ret}, {self.pure})"
