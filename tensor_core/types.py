"""The types that both IRs share: tensors and tuples of them. Each IR adds its own kinds beside these.

Types are values: equal when they read the same, except that symbolic dimensions compare by identity. Use
:func:`same_type` to compare up to provable equality of dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.shapes import Dim, Shape


class Type:
    """Base of all types."""

    __slots__ = ()

    def is_base_of(self, derived: Type) -> bool:
        """Whether every value of ``derived`` is a value of this type; types of Relax know more than equality."""
        return self == derived


@dataclass(frozen=True, slots=True)
class TensorType(Type):
    """A dense array: its dimensions and element type ("float32")."""

    shape: Shape
    dtype: str = "float32"

    def __post_init__(self) -> None:
        if type(self.shape) is not tuple or int in map(type, self.shape):
            object.__setattr__(self, "shape", shapes.as_shape(self.shape))
        if self.dtype in dtypes.ALIASES:
            object.__setattr__(self, "dtype", dtypes.ALIASES[self.dtype])

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def concrete_shape(self) -> tuple[int, ...]:
        """The dimensions as plain integers; TypeError when one is not known."""
        if not shapes.is_static(self.shape):
            raise TypeError(f"{self} is not of fixed size")
        return tuple(map(int, shapes.static(self.shape)))

    def __str__(self) -> str:
        return f"Tensor[({', '.join(shapes.to_text(dim) for dim in self.shape)}), {self.dtype}]"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    """A tuple of types."""

    fields: tuple[Type, ...] = field(default=())

    def is_base_of(self, derived: Type) -> bool:
        """Whether the fields are, one by one."""
        if not isinstance(derived, TupleType) or len(self.fields) != len(derived.fields):
            return False
        return all(mine.is_base_of(other) for mine, other in zip(self.fields, derived.fields, strict=True))

    def __post_init__(self) -> None:
        if type(self.fields) is not tuple:
            object.__setattr__(self, "fields", tuple(self.fields))

    def __str__(self) -> str:
        inner = ", ".join(str(item) for item in self.fields)
        return f"({inner},)" if len(self.fields) == 1 else f"({inner})"


def tensor_type_of(array: np.ndarray) -> TensorType:
    """The static type of a numpy array."""
    return TensorType(tuple(int(n) for n in array.shape), dtypes.from_numpy(array.dtype))


def leaves(type_: Type) -> Iterator[Type]:
    """The non-tuple types in a type, left to right."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, TupleType):
            stack.extend(reversed(item.fields))
        else:
            yield item


def map_shape(type_: Type, change: Callable[[Dim], Dim]) -> Type:
    """The type with every dimension of its tensors replaced; the same object when none changes."""
    if isinstance(type_, TensorType):
        shape = tuple([dim if isinstance(dim, int) else change(dim) for dim in type_.shape])
        same = all(a is b for a, b in zip(shape, type_.shape, strict=True))
        return type_ if same else TensorType(shape, type_.dtype)
    if isinstance(type_, TupleType):
        fields = tuple([map_shape(item, change) for item in type_.fields])
        return type_ if all(a is b for a, b in zip(fields, type_.fields, strict=True)) else TupleType(fields)
    return type_


def same_type(a: Type, b: Type) -> bool:
    """Whether two types are equal up to provable equality of dimensions; two open dimensions count as equal."""
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        return a.dtype == b.dtype and a.rank == b.rank and all(map(_same_dim, a.shape, b.shape))
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        return len(a.fields) == len(b.fields) and all(map(same_type, a.fields, b.fields))
    return a == b


def may_be(a: Type, b: Type) -> bool:
    """Whether a value may be of both types: they do not provably differ. Names of one element type count as one."""
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        return _same_elements(a.dtype, b.dtype) and a.rank == b.rank and not any(map(_differs, a.shape, b.shape))
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        return len(a.fields) == len(b.fields) and all(map(may_be, a.fields, b.fields))
    return a == b


def _differs(a: Dim, b: Dim) -> bool:
    return a is not b and shapes.prove_different(a, b)


def _same_elements(a: str, b: str) -> bool:
    return a == b or (dtypes.is_known(a) and dtypes.is_known(b) and dtypes.to_numpy(a) == dtypes.to_numpy(b))


def _same_dim(a: Dim, b: Dim) -> bool:
    return a is b or shapes.prove_equal(a, b) or (isinstance(a, shapes.AnyDim) and isinstance(b, shapes.AnyDim))
