"""What a deduction rule sees of a call: its arguments' types and its attributes, however little is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relax_core.ir.expr import Call, Expr, ShapeExpr
from relax_core.ir.types import ShapeType, TensorType, TupleType, Type
from relax_core.types.leaves import type_of
from tensor_core import shapes
from tensor_core.ops.card import Reject, RelaxSpelling
from tensor_core.ops.spelling import complete
from tensor_core.shapes import Shape


class Arguments:
    """The arguments of one call of an operator, typed.

    Methods raise Reject for an argument of another kind than asked for; ``deduce`` makes a diagnostic of it.
    """

    __slots__ = ("attrs", "call", "release", "types")

    def __init__(self, call: Call, types: list[Type], spelling: RelaxSpelling, release: str) -> None:
        written: Mapping[str, Any] = call.attrs or {}
        self.call = call
        self.types = types
        self.release = release
        self.attrs = complete(spelling.fields, written) if len(written) != len(spelling.fields) else written

    def __len__(self) -> int:
        return len(self.types)

    def expr(self, place: int) -> Expr:
        """One argument."""
        return self.call.args[place]

    def tensor(self, place: int) -> TensorType:
        """The type of an argument that must be a tensor."""
        found = self.types[place]
        if not isinstance(found, TensorType):
            raise Reject(f"expected a tensor, got {found}", place)
        return found

    def tensors(self, place: int) -> tuple[TensorType, ...]:
        """The types in an argument that must be a tuple of tensors."""
        found = self.types[place]
        if not isinstance(found, TupleType):
            raise Reject(f"expected a tuple of tensors, got {found}", place)
        fields: list[TensorType] = []
        for item in found.fields:
            if not isinstance(item, TensorType):
                raise Reject(f"expected a tuple of tensors, got {found}", place)
            fields.append(item)
        return tuple(fields)

    def shape(self, place: int) -> ShapeType:
        """The type of an argument that must be a shape."""
        found = self.types[place]
        if not isinstance(found, ShapeType):
            raise Reject(f"expected a shape, got {found}", place)
        return found


Rule = Callable[[Arguments], Type]


def values(type_: TensorType) -> Shape | None:
    """The dimensions of a tensor as far as its type tells: its own, or those of the variable that is its shape."""
    if type_.dims is not None or type_.shape is None:
        return type_.dims
    own = type_of(type_.shape)
    return own.values if isinstance(own, ShapeType) else None


def same_values(a: Shape, b: Shape) -> bool:
    """Whether two shapes are provably equal."""
    return len(a) == len(b) and all(map(shapes.prove_equal, a, b))


def of_shape(expr: Expr, dtype: str, like: TensorType) -> TensorType:
    """A tensor whose shape is the value of an expression, on the device of another."""
    own = type_of(expr)
    if not isinstance(expr, ShapeExpr) and isinstance(own, ShapeType) and own.values is not None:
        return TensorType(own.values, dtype, like.vdevice)
    return TensorType(expr, dtype, like.vdevice)
