"""Numpy semantics of any card: its own reference, or its expansion evaluated call by call.

Widened evaluation runs the same semantics in float64: the shadow against which rounding is judged.
"""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import numpy as np

from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.fragment import ByExample
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

Result = Any
"""An array, or a (nested) tuple of arrays."""


def evaluate(card: OpCard[Any], params: Any, args: tuple[Result, ...], widen: bool = False) -> Result:
    """The op's result on arrays; with ``widen`` floats are computed as float64. R2R0601 when the card states no
    semantics.
    """
    if widen:
        params, args = widen_params(params), cast("tuple[Result, ...]", widen_value(args))
    with np.errstate(all="ignore"):
        if card.reference is not None:
            return card.reference(params, *args)
        if card.expand is not None:
            return card.expand(params, NumpyFragment(), *args)
    raise fail(codes.NO_REFERENCE, f"the card of {card.name} has neither a reference nor an expansion")


def widen_value(value: Result) -> Result:
    """Floating-point arrays as float64, everything else as it is."""
    if isinstance(value, tuple):
        return tuple(widen_value(item) for item in cast("tuple[Result, ...]", value))
    return value.astype(np.float64) if dtypes.is_float(dtypes.from_numpy(value.dtype)) else value


def widen_params(params: Any) -> Any:
    """Parameters that name a float element type name float64 instead."""
    changes = {
        item.name: "float64"
        for item in dataclasses.fields(params)
        if item.name.endswith("dtype") and dtypes.is_float(str(getattr(params, item.name)))
    }
    return dataclasses.replace(params, **changes) if changes else params


class NumpyFragment(ByExample):
    """Evaluates the calls of an expansion at once."""

    def call(self, card: str, *args: Result, **params: Any) -> Result:
        """Evaluate a call of another card."""
        callee = registry().by_name[card]
        return evaluate(callee, callee.params(**params), args)

    def constant(self, value: Any, dtype: str) -> Result:
        """An array of this dtype."""
        return np.asarray(value, dtypes.to_numpy(dtype))

    def tuple(self, *items: Result) -> Result:
        """A tuple of results."""
        return items

    def item(self, value: Result, index: int) -> Result:
        """One field."""
        return value[index]

    def known(self, value: Result) -> Result:
        """The array itself."""
        return value

    def type_of(self, value: Result) -> Type:
        """The static type of a result."""
        if isinstance(value, tuple):
            return TupleType(tuple(self.type_of(item) for item in cast("tuple[Result, ...]", value)))
        return tensor_type_of(value)

    def tensor_type(self, value: Result) -> TensorType:
        """The static type of an array."""
        return tensor_type_of(value)
