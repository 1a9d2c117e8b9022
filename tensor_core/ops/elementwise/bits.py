"""Bitwise logic and shifts of integers; shifting right keeps the sign, as in C."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import Domain, Law
from tensor_core.ops.draw import INTS
from tensor_core.ops.pointwise import ANYWHERE, binary, unary

_AMOUNT = (ANYWHERE, Domain(0.0, 6.0))
_LAWS = (Law.COMMUTATIVE, Law.ASSOCIATIVE)

CARDS = (
    binary("bitwise_and", np.bitwise_and, lambda a, b: prim.intrinsic("bitwise_and", a, b), laws=_LAWS, of=INTS),
    binary("bitwise_or", np.bitwise_or, lambda a, b: prim.intrinsic("bitwise_or", a, b), laws=_LAWS, of=INTS),
    binary("bitwise_xor", np.bitwise_xor, lambda a, b: prim.intrinsic("bitwise_xor", a, b), laws=_LAWS, of=INTS),
    unary("bitwise_not", np.bitwise_not, lambda x: prim.intrinsic("bitwise_not", x), laws=(Law.INVOLUTION,), of=INTS),
    binary("left_shift", np.left_shift, lambda a, b: prim.intrinsic("shift_left", a, b), domains=_AMOUNT, of=INTS),
    binary("right_shift", np.right_shift, lambda a, b: prim.intrinsic("shift_right", a, b), domains=_AMOUNT, of=INTS),
)
