"""maximum and minimum: ``a > b ? a : b`` (``<`` for minimum), which takes the second operand when either is NaN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import NoParams
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.pointwise import binary
from tensor_core.ops.rules import Array


def _maximum(a: Array, b: Array) -> Array:
    return np.where(a > b, a, b)


def _minimum(a: Array, b: Array) -> Array:
    return np.where(a < b, a, b)


def _gradient(not_first: str, not_second: str) -> Gradient:
    """The chosen operand gets the adjoint. Of equal ones, a maximum chooses the first, a minimum the second (TVM)."""

    def adjoints(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
        x, y = args
        zero = x.zero()
        return [x.call(test, y).where(zero, g).summed_to(operand)
                for test, operand in ((not_first, x), (not_second, y))]  # fmt: skip

    return derivatives(adjoints)


CARDS = (
    binary("maximum", _maximum, prim.Max, gradient=_gradient("less", "greater_equal")),
    binary("minimum", _minimum, prim.Min, gradient=_gradient("greater_equal", "less")),
)
