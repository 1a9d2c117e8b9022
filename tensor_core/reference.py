"""Numpy semantics of any card: its own reference, or its expansion evaluated call by call.

Widened evaluation runs the same semantics in float64: the shadow against which rounding is judged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.fragment import ByExample
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import possible, tuple_for_tensor
from tensor_core.types import TensorType, TupleType, Type, may_be, tensor_type_of

Result = Any
"""An array, or a (nested) tuple of arrays."""


_RAISED = (ArithmeticError, IndexError, KeyError, TypeError, ValueError, MemoryError, Reject)
"""What references raise for values that the operator does not take."""


def evaluate(card: OpCard[Any], params: Any, args: tuple[Result, ...], widen: bool = False) -> Result:
    """The op's result on arrays; with ``widen`` floats are computed as float64. R2R0601 when the card states no
    semantics, R2R0602 when the op fails on these values or computes what its type rule does not say.

    References see plain arrays only: comparisons of two NDArrays mean something else in places.
    """
    args = cast("tuple[Result, ...]", plain(args))
    if widen:
        params, args = widen_params(params), cast("tuple[Result, ...]", widen_value(args))
    try:
        stated = None if widen or card.at_most else possible(card.infer(params, *map(_type_of, args)))
        return checked(plain(_evaluate(card, params, args)), stated)
    except (*_RAISED, AttributeError) as error:
        types = list(map(_type_of, args))
        odd = tuple_for_tensor(card, types)
        if odd is None and isinstance(error, AttributeError):
            raise
        shown = ", ".join(map(str, types))
        reason = error if isinstance(error, Reject) else odd or error or type(error).__name__
        raise fail(codes.EXECUTION_FAILED, f"{card.name} fails on arguments of types ({shown}): {reason}") from error


def plain(value: Result) -> Result:
    """Subclasses of arrays as arrays, and so numpy scalars, as some references give them for rank 0; lists as tuples.
    What is neither stays as it is.
    """
    if isinstance(value, (tuple, list)):
        return tuple(map(plain, cast("Sequence[Result]", value)))
    if type(value) is np.ndarray or not isinstance(value, (np.ndarray, np.generic, bool, int, float)):
        return value
    return np.asarray(value)


def checked(result: Result, stated: Type | None) -> Result:
    """A result, if it is of the type that its card's rule says (None: any is right); Reject otherwise."""
    if stated is not None and not may_be(found := _type_of(result), stated):
        raise Reject(f"it computes {found} where its type rule says {stated}")
    return result


def _evaluate(card: OpCard[Any], params: Any, args: tuple[Result, ...]) -> Result:
    with np.errstate(all="ignore"):
        if card.reference is not None:
            return card.reference(params, *args)
        if card.expand is not None:
            return card.expand(params, NumpyFragment(), *args)
    raise fail(codes.NO_REFERENCE, f"{card.name} cannot be run: {card.why_silent}")


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
        return _evaluate(callee, callee.params(**params), args)

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
        return _type_of(value)

    def tensor_type(self, value: Result) -> TensorType:
        """The static type of an array."""
        return tensor_type_of(value)


def _type_of(value: Result) -> Type:
    if isinstance(value, tuple):
        return TupleType(tuple(map(_type_of, cast("tuple[Result, ...]", value))))
    return tensor_type_of(np.asarray(value))
