"""Operators of the dyn family: those whose static twin holds as attributes what these take as operands.

Their type leaves open what only a value tells. Where the value is known, because the program states it as a constant or
because it has been computed, the call is one of the static twin: that is their expansion and their reference at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import bijective, resampling, rules
from tensor_core.ops.card import Reject, Rounding, Value
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import Array
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, Type

Expand = Callable[..., Any]


def known(f: Fragment[Any], value: Any) -> np.ndarray[Any, Any]:
    """The array behind an operand, or a rejection where the program computes it."""
    array = f.known(value)
    if array is None:
        raise Reject("the result's shape depends on the values of an operand")
    return array


def numbers(f: Fragment[Any], value: Any) -> tuple[int, ...]:
    """The integers behind an operand that must be known."""
    return tuple(map(int, known(f, value).reshape(-1)))


def static_call(f: Fragment[Any], name: str, attrs: Mapping[str, Value], *values: Any) -> Any:
    """A call of the static twin, given by its Relay name and attributes."""
    card = registry().by_relay[name]
    assert card.relay is not None
    params = relay_params(card, complete(card.relay.fields, attrs), [f.type_of(value) for value in values])
    return f.call(card.name, *values, **{item.name: getattr(params, item.name) for item in fields(params)})


def by_value(expand: Expand) -> Callable[..., Any]:
    """The reference that an expansion with known operands amounts to; ValueError where the twin rejects them."""

    def reference(params: Any, *args: Any) -> Any:
        try:
            return expand(params, NumpyFragment(), *args)
        except Reject as reject:
            raise ValueError(reject.message) from None

    return reference


def opened(layout: str, plain: str, data: Type, dtype: str = "") -> Type:
    """The type of an image whose spatial dimensions, those of ``plain`` behind the first two, are open."""
    source = rules.tensor(data, 0)
    own, _ = bijective.between(layout, plain)
    bijective.extents(own, source.shape)
    if any(axis.block is not None and axis.letter in plain[2:] for axis in own):
        raise Reject(f"layout {layout!r} blocks a spatial dimension")
    dims = zip(own, source.shape, strict=True)
    shape = tuple(ANY if axis.letter in plain[2:] else dim for axis, dim in dims)
    return TensorType(shape, dtype or source.dtype)


def rounded(expand: Callable[..., Any]) -> Rounding:
    """How images agree: coordinates are rounded in units of their extent, elements in units of the largest."""

    def factor(params: Any, data: TensorType, *_rest: Type) -> float:
        del params
        return 4.0 * sum(dim for dim in data.shape if isinstance(dim, int))

    def magnitude(params: Any, x: Array, *rest: Array) -> Array:
        largest = max(float(np.abs(x).max(initial=0)), abs(getattr(params, "extrapolation_value", 0.0)))
        return np.full_like(by_value(expand)(params, x, *rest), largest)

    return Rounding(ulps=64, factor=factor, magnitude=magnitude, coarser=resampling.coarser)
