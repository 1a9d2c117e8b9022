"""The six comparisons: bool results, broadcast operands of one element type; all of them, not_equal too, false for NaN.

TVM compiles not_equal as an ordered comparison (0.19 and 0.27).
"""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops import rules
from tensor_core.ops.card import Law
from tensor_core.ops.formula import vanishing
from tensor_core.ops.pointwise import binary
from tensor_core.ops.rules import Array


def _not_equal(a: Array, b: Array) -> Array:
    return (a < b) | (a > b)


CARDS = (
    binary("equal", np.equal, prim.EQ, infer=rules.compare, laws=(Law.COMMUTATIVE,)),
    binary("not_equal", _not_equal, prim.NE, gradient=vanishing(2), infer=rules.compare, laws=(Law.COMMUTATIVE,)),
    binary("less", np.less, prim.LT, infer=rules.compare),
    binary("less_equal", np.less_equal, prim.LE, gradient=vanishing(2), infer=rules.compare),
    binary("greater", np.greater, lambda a, b: a > b, infer=rules.compare),
    binary("greater_equal", np.greater_equal, lambda a, b: a >= b, infer=rules.compare),
)
