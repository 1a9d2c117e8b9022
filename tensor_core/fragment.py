"""Fragments: expansions and gradients written once as calls of cards, instantiated by each IR.

A card's ``expand`` receives a :class:`Fragment` and values of whatever kind that fragment works on: Relay expressions,
Relax variables, numpy arrays, tensor-level tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from tensor_core.types import TensorType, Type

V = TypeVar("V")


class Fragment(Protocol[V]):
    """Where an expansion is being written to."""

    def call(self, card: str, *args: V | tuple[V, ...], **params: Any) -> V:
        """Call another card by its semantic name; parameters are the card's own, all of them without a default
        required.
        """
        ...

    def constant(self, value: np.ndarray[Any, Any] | float | int | bool, dtype: str) -> V:
        """A constant of this dtype."""
        ...

    def tuple(self, *items: V) -> V:
        """A tuple value."""
        ...

    def item(self, value: V, index: int) -> V:
        """One field of a tuple value."""
        ...

    def known(self, value: V) -> np.ndarray[Any, Any] | None:
        """The array behind a value that the program states as a constant; None when it is computed."""
        ...

    def type_of(self, value: V) -> Type:
        """The inferred type of a value."""
        ...

    def tensor_type(self, value: V) -> TensorType:
        """The inferred type of a value that is a tensor."""
        ...


class GradientFragment(Fragment[V], Protocol[V]):
    """Where a gradient is being written to: a fragment that also says, in the idiom of its IR's gradients, what depends
    on another value's type only.
    """

    def number_beside(self, value: float, like: V) -> V:
        """A number as an operand next to ``like``, of its element type: a scalar, or as many as ``like`` has elements.

        It is no adjoint by itself, since its shape is open.
        """
        ...

    def extent(self, value: V, axis: int) -> V:
        """The length of a dimension as a scalar of the value's element type."""
        ...

    def unreduced(self, value: V, axes: Sequence[int]) -> V:
        """With dimensions of extent 1 in the places of reduced ones; what was reduced to a scalar may stay one."""
        ...

    def summed_to(self, value: V, like: V) -> V:
        """Summed over the dimensions that broadcasting gave a value beyond those of ``like``."""
        ...

    def spread_to(self, value: V, like: V) -> V:
        """Broadcast to the shape of ``like``."""
        ...

    def shaped_as(self, value: V, like: V) -> V:
        """The same elements in the shape of ``like``."""
        ...

    def cast_as(self, value: V, like: V) -> V:
        """In the element type of ``like``."""
        ...


class ByExample:
    """The idiom of Relay's gradients: operators that take the type from a value (TVM 0.19)."""

    call: Callable[..., Any]
    constant: Callable[..., Any]
    tensor_type: Callable[[Any], TensorType]

    def number_beside(self, value: float, like: Any) -> Any:
        """Zeros or ones of the type of ``like``; a scalar for any other number."""
        dtype = self.tensor_type(like).dtype
        name = {0.0: "zeros_like", 1.0: "ones_like"}.get(value)
        return self.call(name, like, dtype=dtype) if name else self.constant(value, dtype)

    def extent(self, value: Any, axis: int) -> Any:
        """Taken from the value's shape when it runs."""
        lengths = self.call("shape_of", value, dtype="int32")
        length = self.call("take", lengths, self.constant(axis, "int32"), axis=0)
        return self.call("cast", length, dtype=self.tensor_type(value).dtype)

    def unreduced(self, value: Any, axes: Sequence[int]) -> Any:
        """One dimension after the other."""
        for axis in axes:
            value = self.call("expand_dims", value, axis=(axis,))
        return value

    def summed_to(self, value: Any, like: Any) -> Any:
        """Summed over the dimensions that broadcasting gave a value beyond those of ``like``."""
        return self.call("collapse_sum_like", value, like)

    def spread_to(self, value: Any, like: Any) -> Any:
        """Broadcast to the shape of ``like``."""
        return self.call("broadcast_to_like", value, like)

    def shaped_as(self, value: Any, like: Any) -> Any:
        """The same elements in the shape of ``like``."""
        return self.call("reshape_like", value, like)

    def cast_as(self, value: Any, like: Any) -> Any:
        """In the element type of ``like``."""
        return self.call("cast_like", value, like)
