"""Values that programs take and give: arrays, and (nested) tuples of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard, cast

import numpy as np

from tensor_core.data_values import DataValue, RefValue

Array = np.ndarray[Any, Any]
Value = Any
"""An :data:`Array`, or a tuple of values."""


def is_tuple(value: Value) -> TypeGuard[tuple[Value, ...]]:
    """Whether the value is a tuple of values."""
    return isinstance(value, tuple)


def is_array(value: Value) -> TypeGuard[Array]:
    """Whether the value is an array (and no tuple, closure, reference or algebraic value)."""
    return isinstance(value, np.ndarray)


def leaves(value: Value) -> list[Array]:
    """The arrays in a value, left to right; also those in the fields of data constructors and behind references."""
    found: list[Array] = []
    stack: list[Value] = [value]
    while stack:
        item = stack.pop()
        if is_tuple(item):
            stack.extend(reversed(item))
        elif isinstance(item, DataValue):
            stack.extend(reversed(item.fields))
        elif isinstance(item, RefValue):
            stack.append(item.value)
        else:
            found.append(np.asarray(item))
    return found


def map_leaves(function: Callable[..., Array], *values: Value) -> Value:
    """``function`` on the corresponding arrays of values of one structure."""
    if is_tuple(values[0]):
        return tuple(map_leaves(function, *items) for items in zip(*values, strict=True))
    return function(*values)


def structure(value: Value) -> object:
    """Shapes and element types, nested as the value is: equal for values that can be compared elementwise."""
    return tuple(map(structure, value)) if is_tuple(value) else (value.shape, value.dtype.str)


def form_of(value: Value) -> list[str]:
    """Everything of a value but its arrays, from the outside in: how it is nested, and what its data were made by."""
    found: list[str] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            fields = cast("tuple[Any, ...]", item)
            found.append(f"a tuple of {len(fields)}")
            stack += fields[::-1]
        elif isinstance(item, DataValue):
            found.append(f"a value made by {item.name}")
            stack += item.fields[::-1]
        elif isinstance(item, RefValue):
            found.append("a reference")
            stack.append(item.value)
        else:
            found.append("an array" if isinstance(item, np.ndarray) else "a function")
    return found
