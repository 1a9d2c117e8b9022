"""How far what a result jumps on lies from the nearest edge, relative to its size: the ``margin`` of many cards.

0 is on an edge; what is no number or infinite lies on no edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core.ops.rules import Array


def sign(x: Array) -> Array:
    """Of what asks for the sign, or whether there is anything at all: 0 at zero, else all of the value."""
    return np.where(x == 0, 0.0, 1.0)


def whole(x: Array) -> Array:
    """Of floor and ceil."""
    return relative(x, np.rint(_wide(x)))


def truncation(x: Array) -> Array:
    """Of trunc, which does not jump at zero."""
    x = _wide(x)
    nearest = np.rint(x)
    return relative(x, np.where(nearest == 0, np.copysign(1.0, x), nearest))


def half(x: Array) -> Array:
    """Of rounding to the nearest whole number."""
    return relative(x, middle(x))


def middle(x: Array) -> Array:
    """The middle of the two whole numbers between which each number lies."""
    return np.floor(_wide(x)) + 0.5


def ranking(x: Array, axis: int) -> Array:
    """Of positions in sorted order along an axis: for each place, how far the next element on either side is."""
    rows = np.sort(_wide(x), axis)
    count = rows.shape[axis]
    gap = relative(np.take(rows, range(1, count), axis), np.take(rows, range(count - 1), axis)) if count else rows
    width = [(0, 0)] * x.ndim
    width[axis % x.ndim] = (1, 1)
    gaps = np.pad(gap, width, constant_values=np.inf)
    return np.minimum(np.take(gaps, range(count), axis), np.take(gaps, range(1, count + 1), axis))


def relative(a: Any, b: Any) -> Array:
    """Of a comparison: the distance of two values in units of the larger one."""
    a, b = _wide(a), _wide(b)
    size = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(all="ignore"):
        ratio = np.abs(a - b) / size
    return np.where(a == b, 0.0, np.where(np.isfinite(ratio), ratio, np.inf))


def _wide(x: Any) -> Array:
    return np.asarray(x, np.float64)
