"""The six comparisons: bool results, broadcast operands of one element type; all of them, not_equal too, false for NaN.

TVM compiles not_equal as an ordered comparison (0.19 and 0.27).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from tensor_core import prim
from tensor_core.ops import margins, rules
from tensor_core.ops.card import Law, NoParams
from tensor_core.ops.draw import EVERY
from tensor_core.ops.formula import vanishing
from tensor_core.ops.pointwise import binary
from tensor_core.ops.rules import Array


def _not_equal(a: Array, b: Array) -> Array:
    return (a < b) | (a > b)


def _margin(_params: NoParams, a: Array, b: Array) -> Array:
    return margins.relative(a, b)


_card = partial(binary, infer=rules.compare, gradient=vanishing(2), of=EVERY, margin=_margin)

CARDS = (
    _card("equal", np.equal, prim.EQ, laws=(Law.COMMUTATIVE,)),
    _card("not_equal", _not_equal, prim.NE, laws=(Law.COMMUTATIVE,)),
    _card("less", np.less, prim.LT),
    _card("less_equal", np.less_equal, prim.LE),
    _card("greater", np.greater, lambda a, b: a > b),
    _card("greater_equal", np.greater_equal, lambda a, b: a >= b),
)
