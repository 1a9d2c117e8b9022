"""What expansions do to bring a value into another form; nothing is said where it has that form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.shapes import Shape


def transposed(f: Fragment[Any], data: Any, axes: Sequence[int]) -> Any:
    """The value with its dimensions in this order."""
    return data if list(axes) == list(range(len(axes))) else f.call("transpose", data, axes=tuple(axes))


def reshaped(f: Fragment[Any], data: Any, shape: Shape) -> Any:
    """The value in this shape."""
    return data if f.tensor_type(data).shape == tuple(shape) else f.call("reshape", data, shape=tuple(shape))


def cast(f: Fragment[Any], data: Any, dtype: str) -> Any:
    """The value in this element type."""
    return data if f.tensor_type(data).dtype == dtype else f.call("cast", data, dtype=dtype)
