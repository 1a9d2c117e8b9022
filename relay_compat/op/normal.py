"""What the Python functions of operators do to arguments before they build the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from relay_compat.ir.expr import Constant, Expr
from relay_compat.ir.make import const
from tensor_core import codes
from tensor_core.diagnostics import fail


def times(count: int) -> Callable[[Any], Any]:
    """An int stands for ``count`` equal ints; anything else stays."""
    return lambda value: (value,) * count if isinstance(value, int) else value


def spread(axes: int) -> Callable[[Any], tuple[int, ...]]:
    """Padding as 2 * ``axes`` numbers: all before, then all after. One number, or one an axis, is used at both ends.

    R2R0105 for another value, R2R0204 for another count; both are ValueErrors.
    """

    def get_pad_tuple(padding: Any) -> tuple[int, ...]:
        if isinstance(padding, int):
            return (padding,) * (2 * axes)
        if not isinstance(padding, (tuple, list)):
            raise fail(codes.BAD_ATTRIBUTE, f"Unknown padding option {padding}")
        given = tuple(cast("Sequence[int]", padding))
        if len(given) == axes:
            return given * 2
        if len(given) == 2 * axes:
            return given
        raise fail(codes.BAD_PARAMETER, f"Size of padding can only be {axes} or {2 * axes}, not {len(given)}")

    return get_pad_tuple


def listed(value: Any) -> Any:
    """An int stands for a list of one."""
    return [value] if isinstance(value, int) else value


def known_list(value: Any) -> Any:
    """The numbers of a constant; anything else as it is."""
    return numbers(value.data) if isinstance(value, Constant) else value


def known_number(value: Any) -> Any:
    """The number that a constant of rank 0 holds; anything else as it is."""
    return value.data.item() if isinstance(value, Constant) else value


def numbers(array: Any) -> list[Any]:
    """The elements of an array of rank 1 (of rank 2: lists of them), as numpy has them: an int64 stays one in TVM."""
    plain = np.asarray(array)
    return [list(row) if plain.ndim > 1 else row for row in plain]


def as_const(dtype: str | None = None) -> Callable[[Any], Expr]:
    """What is no expression becomes a constant."""
    return lambda value: value if isinstance(value, Expr) else const(value, dtype)


def list_as_const(value: Any, dtype: str | None = None) -> Any:
    """A list becomes a constant; anything else stays."""
    return const(list(cast("Sequence[Any]", value)), dtype) if isinstance(value, (list, tuple)) else value
