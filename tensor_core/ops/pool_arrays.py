"""Folding arrays as TVM compiles maxima, sums and averages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.loops.evaluate import truncated_division
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array


def fold_max(items: Iterable[Array], start: float) -> Array:
    """``a > b ? a : b`` from ``start`` on: a NaN is kept until the next item."""
    result: Array | None = None
    for item in items:
        before = np.asarray(start, item.dtype) if result is None else result
        result = np.where(before > item, before, item)
    return _taken(result)


def _taken(result: Array | None) -> Array:
    if result is None:
        raise Reject("a window must have at least one element")
    return result


def total(items: Iterable[Array]) -> Array:
    """The sum; narrow floats in float32, integers in their own type, where they wrap."""
    result: Array | None = None
    for item in items:
        wide = item.astype(np.float32) if dtypes.is_float(dtypes.from_numpy(item.dtype)) and item.itemsize < 4 else item
        result = wide.copy() if result is None else np.add(result, wide, out=result)
    return _taken(result)


def divide(sums: Array, count: Array, dtype: np.dtype[Any]) -> Array:
    """The averages in ``dtype``; integers truncate toward zero."""
    if dtype.kind in "iu":
        wide = np.dtype(np.int64 if dtype.kind == "i" else np.uint64)
        return truncated_division(sums.astype(wide), count.astype(wide)).astype(dtype)
    return np.asarray(sums / count.astype(sums.dtype)).astype(dtype)
