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
from tensor_core.ops.card import Reject, Value
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.reference import NumpyFragment

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
