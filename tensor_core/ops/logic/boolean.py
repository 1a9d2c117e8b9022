"""Logic on bools. The type rules accept other element types, as TVM's do; no release can compute with them."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import Law
from tensor_core.ops.pointwise import binary, unary

_LAWS = (Law.COMMUTATIVE, Law.ASSOCIATIVE)

CARDS = (
    binary("logical_and", np.logical_and, prim.And, laws=_LAWS, of=("bool",)),
    binary("logical_or", np.logical_or, prim.Or, laws=_LAWS, of=("bool",)),
    binary("logical_xor", np.logical_xor, prim.NE, laws=_LAWS, of=("bool",)),
    unary("logical_not", np.logical_not, prim.Not, laws=(Law.INVOLUTION,), of=("bool",)),
)
