"""Results as they are compared: how they are nested, and their arrays bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from migrate.values import Array, Value
from tensor_core.data_values import DataValue


def is_plain(value: Value) -> bool:
    """Whether a value is arrays only: in tuples and data, but without functions and references."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack += cast("tuple[Any, ...]", item)
        elif isinstance(item, DataValue):
            stack += item.fields
        elif not isinstance(item, np.ndarray):
            return False
    return True


def is_same(expected: Sequence[Array], got: Sequence[Array]) -> bool:
    """Whether arrays are equal bit for bit."""
    return len(expected) == len(got) and all(
        a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for a, b in zip(expected, got, strict=True)
    )


def is_nothing(array: Array) -> bool:
    """Whether an array holds NaN only."""
    return bool((array != array).all())


def difference(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """The first element that differs, and how many do."""
    if len(expected) != len(got):
        return f"{len(got)} arrays instead of {len(expected)}"
    for number, (a, b) in enumerate(zip(expected, got, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"output {number} is {b.dtype}{list(b.shape)} instead of {a.dtype}{list(a.shape)}"
        apart = np.asarray((a != b) & ~((a != a) & (b != b)))
        if apart.any():
            distance = np.where(apart, np.abs(a.astype(np.float64) - b.astype(np.float64)), -1.0)
            place = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), a.shape)
            where = [int(index) for index in place]
            values = f"{a[place]} in Relay, {b[place]} here"
            return f"output {number}: {int(apart.sum())} of {a.size} elements, most at {where}: {values}"
    return "results of other structure"
