"""Types without values, as tvm.relax.ty has them: what is left of a type when shapes and values are forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensor_core.spans import Span
from tensor_core.types import TupleType, Type

__all__ = ["DynTensorType", "FuncType", "ObjectType", "PackedFuncType", "ShapeType", "TupleType"]


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """Any value."""

    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ShapeType(Type):
    """A shape of so many dimensions, -1 for unknown."""

    ndim: int = -1
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DynTensorType(Type):
    """A tensor of so many dimensions (-1: unknown) and an element type ("": unknown)."""

    ndim: int = -1
    dtype: str = "float32"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PackedFuncType(Type):
    """A function of the runtime."""

    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FuncType(Type):
    """A function with these parameters and this result."""

    arg_types: tuple[Type, ...]
    ret_type: Type
    span: Span | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arg_types", tuple(self.arg_types))
