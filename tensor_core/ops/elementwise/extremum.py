"""maximum and minimum: ``a > b ? a : b`` (``<`` for minimum), which takes the second operand when either is NaN."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops.pointwise import binary
from tensor_core.ops.rules import Array


def _maximum(a: Array, b: Array) -> Array:
    return np.where(a > b, a, b)


def _minimum(a: Array, b: Array) -> Array:
    return np.where(a < b, a, b)


CARDS = (
    binary("maximum", _maximum, prim.Max),
    binary("minimum", _minimum, prim.Min),
)
