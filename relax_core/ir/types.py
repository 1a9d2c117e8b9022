"""Relax's types (StructInfo before TVM 0.26). Tuple types are those of both IRs.

Types are values: equal when they read the same up to provable equality of dimensions; where they stand in a text does
not count. Every class has both of its names: TensorType is TensorStructInfo, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from relax_core.ir.base import RelaxExpr, ShapeExpr, as_dims
from relax_core.ir.global_info import VDevice
from tensor_core import dtypes, shapes
from tensor_core.module import Expr
from tensor_core.shapes import Dim, Shape, to_text
from tensor_core.spans import Span
from tensor_core.types import TupleType, Type

__all__ = [
    "FuncStructInfo",
    "FuncType",
    "ObjectStructInfo",
    "ObjectType",
    "PrimStructInfo",
    "PrimType",
    "ShapeStructInfo",
    "ShapeType",
    "StructInfo",
    "TensorStructInfo",
    "TensorType",
    "TupleStructInfo",
    "TupleType",
    "Type",
]


class RelaxType(Type):
    """Base of the types that only Relax has."""

    __slots__ = ()

    def is_base_of(self, derived: Type) -> bool:
        """Whether every value of ``derived`` provably is a value of this type."""
        from relax_core.types.lattice import is_base_of

        return is_base_of(self, derived)


@dataclass(frozen=True, slots=True)
class ObjectType(RelaxType):
    """Any value (R.Object, R.Any since 0.26).

    ``value`` is what a value is known to be where a type rule looks it up: an element type, "null" for no value.
    """

    span: Span | None = field(default=None, compare=False, repr=False)
    value: str | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return "Object"


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class TensorType(RelaxType):
    """A tensor of which the shape, the rank, the element type or the device may be unknown.

    ``shape`` is a ShapeExpr, another expression of shape type (as a rule a variable), or None; a sequence of dimensions
    becomes a ShapeExpr. ``dims`` are the dimensions when they are known one by one, else None. ``ndim`` is -1 when the
    rank is unknown, ``dtype`` "" when the element type is, ``vdevice`` None when the device is.
    """

    shape: Expr | None
    dtype: str
    vdevice: VDevice | None
    ndim: int
    span: Span | None
    dims: Shape | None

    def __init__(
        self,
        shape: Expr | Sequence[Any] | None = None,
        dtype: str | None = "float32",
        vdevice: VDevice | None = None,
        ndim: int = -1,
        span: Span | None = None,
    ) -> None:
        if shape is not None and not isinstance(shape, Expr):
            shape = ShapeExpr(tuple(shape))
        dims: Shape | None = None
        if isinstance(shape, ShapeExpr):
            dims = shape.values
            ndim = len(dims)
        elif isinstance(shape, RelaxExpr) and isinstance(shape.ty, ShapeType):
            ndim = shape.ty.ndim
        put = object.__setattr__
        put(self, "shape", shape)
        put(self, "dtype", dtypes.ALIASES.get(dtype, dtype) if dtype else "")
        put(self, "vdevice", vdevice)
        put(self, "ndim", ndim)
        put(self, "span", span)
        put(self, "dims", dims)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.ndim == other.ndim
            and self.vdevice is other.vdevice
            and same_dims(self.dims, other.dims)
            and (self.dims is not None or self.shape is other.shape)
        )

    def __hash__(self) -> int:
        return hash((self.ndim, self.dtype))

    def __str__(self) -> str:
        if self.dims is not None:
            return f"Tensor[({', '.join(map(to_text, self.dims))}), {self.dtype or 'unknown dtype'}]"
        shape = f"ndim={self.ndim}" if self.shape is None else getattr(self.shape, "name", "shape")
        return f"Tensor({shape}, {self.dtype or 'unknown dtype'})"

    __repr__ = __str__

    @property
    def concrete_shape(self) -> tuple[int, ...]:
        """The dimensions as plain integers; TypeError when one is not known."""
        if self.dims is None or not shapes.is_static(self.dims):
            raise TypeError(f"{self} is not of fixed size")
        return tuple(map(int, shapes.static(self.dims)))


@dataclass(frozen=True, slots=True, eq=False)
class ShapeType(RelaxType):
    """A shape value: its dimensions, or (``values`` None) only their number, -1 for unknown."""

    values: Shape | None = None
    ndim: int = -1
    span: Span | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.values is not None:
            object.__setattr__(self, "values", as_dims(self.values))
            object.__setattr__(self, "ndim", len(self.values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeType) and self.ndim == other.ndim and same_dims(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.ndim)

    def __str__(self) -> str:
        return f"Shape({'?' if self.values is None else ', '.join(map(to_text, self.values))})"


@dataclass(frozen=True, slots=True, eq=False)
class PrimType(RelaxType):
    """A scalar outside tensors, with its value when it is known symbolically."""

    dtype: str
    value: Dim | None = None
    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PrimType) or self.dtype != other.dtype:
            return False
        if self.value is None or other.value is None:
            return self.value is other.value
        return same_dims((self.value,), (other.value,))

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __str__(self) -> str:
        return f"Prim({self.dtype})"


@dataclass(frozen=True, slots=True, eq=False)
class FuncType(RelaxType):
    """A function; ``params`` None means anything may be passed (external functions).

    ``derive`` gives the result type of one call of an external function, from the call (and, as TVM's, a context).
    """

    params: tuple[Type, ...] | None
    ret: Type
    pure: bool = True
    derive: Callable[..., Type] | None = None
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def purity(self) -> bool:
        """TVM's name of :attr:`pure`."""
        return self.pure

    @property
    def derive_func(self) -> Callable[..., Type] | None:
        """TVM's name of :attr:`derive`."""
        return self.derive

    def __eq__(self, other: object) -> bool:
        # Symbolic dimensions of parameters are names of their own.
        from relax_core.structural import structural_equal

        return self is other or (isinstance(other, FuncType) and structural_equal(self, other))

    def __hash__(self) -> int:
        return hash((None if self.params is None else len(self.params), self.pure))

    def __str__(self) -> str:
        inner = "..." if self.params is None else ", ".join(map(str, self.params))
        return f"Callable(({inner}), {self.ret}, {self.pure})"


def same_dims(a: Shape | None, b: Shape | None) -> bool:
    """Whether two shapes are provably equal; an unknown one equals only another unknown one."""
    if a is None or b is None:
        return a is b
    return len(a) == len(b) and all(map(shapes.prove_equal, a, b))


StructInfo = Type
ObjectStructInfo = ObjectType
TensorStructInfo = TensorType
ShapeStructInfo = ShapeType
PrimStructInfo = PrimType
TupleStructInfo = TupleType
FuncStructInfo = FuncType
