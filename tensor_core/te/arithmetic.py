"""Arithmetic on tensors element by element, by numpy's broadcasting, as Python's operators on te.Tensor mean it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensor_core import prim, shapes
from tensor_core.te.tensor import Tensor, compute

__all__ = ["add", "at", "binary", "divide", "multiply", "subtract"]


def binary(name: str, combine: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The function that combines the elements of two tensors, or of a tensor and a scalar; of two scalars a scalar.

    ValueError for shapes that do not broadcast.
    """

    def make(lhs: Any, rhs: Any) -> Any:
        """Element by element, by numpy's broadcasting."""
        if not isinstance(lhs, Tensor) and not isinstance(rhs, Tensor):
            return combine(lhs, rhs)
        shape = shapes.broadcast(_shape(lhs), _shape(rhs))
        if shape is None:
            raise ValueError(f"Incompatible broadcast dims: {_shape(lhs)} and {_shape(rhs)}")
        return compute(shape, lambda *i: combine(at(lhs, i), at(rhs, i)), name=f"T_{name}", tag="broadcast", index="ax")

    make.__name__ = name
    return make


def _shape(value: Any) -> Any:
    return value.shape if isinstance(value, Tensor) else ()


def at(value: Any, index: tuple[Any, ...]) -> Any:
    """The element of a tensor for an index of what it is broadcast to; a scalar itself."""
    if not isinstance(value, Tensor):
        return value
    own = index[len(index) - len(value.shape) :] if value.shape else ()
    known_ones = [isinstance(dim, int) and dim == 1 for dim in value.shape]
    return value(*(prim.const(0, "int64") if one else item for one, item in zip(known_ones, own, strict=True)))


def _sum(a: Any, b: Any) -> Any:
    return a + b


def _difference(a: Any, b: Any) -> Any:
    return a - b


def _product(a: Any, b: Any) -> Any:
    return a * b


def _quotient(a: Any, b: Any) -> Any:
    return a / b


add = binary("add", _sum)
subtract = binary("subtract", _difference)
multiply = binary("multiply", _product)
divide = binary("divide", _quotient)
