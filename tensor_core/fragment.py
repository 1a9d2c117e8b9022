"""Fragments: expansions and gradients written once as calls of cards, instantiated by each IR.

A card's ``expand`` receives a :class:`Fragment` and values of whatever kind that fragment works on: Relay expressions,
Relax variables, numpy arrays, tensor-level tensors.
"""

from __future__ import annotations

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
