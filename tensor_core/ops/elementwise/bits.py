"""Bitwise logic and shifts of integers; shifting right keeps the sign, as in C."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Domain, Law, NoParams
from tensor_core.ops.draw import INTS, Draw, Drawn
from tensor_core.ops.pointwise import ANYWHERE, binary, unary
from tensor_core.ops.rules import Array

_AMOUNT = (ANYWHERE, Domain(0.0, 6.0))
_LAWS = (Law.COMMUTATIVE, Law.ASSOCIATIVE)


def _draw_shift(d: Draw) -> Drawn:
    drawn = draw.broadcast(*INTS)(d)
    width = dtypes.bits(rules.tensor(drawn.types[0], 0).dtype)
    return dataclasses.replace(drawn, domains={1: Domain(0, width + 1 if d.flag() and d.flag() else width - 1)})


def _too_far(_params: NoParams, x: Array, amount: Array) -> Array:
    """Where a shift by all bits or more, or by less than none, is asked for."""
    return ((amount < 0) | (amount >= 8 * x.dtype.itemsize)) & np.ones(x.shape, bool)


_shift = partial(binary, domains=_AMOUNT, drawn=_draw_shift, undefined=_too_far)

CARDS = (
    binary("bitwise_and", np.bitwise_and, lambda a, b: prim.intrinsic("bitwise_and", a, b), laws=_LAWS, of=INTS),
    binary("bitwise_or", np.bitwise_or, lambda a, b: prim.intrinsic("bitwise_or", a, b), laws=_LAWS, of=INTS),
    binary("bitwise_xor", np.bitwise_xor, lambda a, b: prim.intrinsic("bitwise_xor", a, b), laws=_LAWS, of=INTS),
    unary("bitwise_not", np.bitwise_not, lambda x: prim.intrinsic("bitwise_not", x), laws=(Law.INVOLUTION,), of=INTS),
    _shift("left_shift", np.left_shift, lambda a, b: prim.intrinsic("shift_left", a, b)),
    _shift("right_shift", np.right_shift, lambda a, b: prim.intrinsic("shift_right", a, b)),
)
