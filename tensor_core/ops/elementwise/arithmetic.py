"""add, subtract, multiply, divide: broadcast, never promoted. Integers wrap; their division truncates toward zero."""

from __future__ import annotations

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.ops.card import Domain, Law, Rounding
from tensor_core.ops.pointwise import ANYWHERE, binary
from tensor_core.ops.rules import Array


def _quotient(a: Array, b: Array) -> Array:
    if dtypes.is_float(dtypes.from_numpy(a.dtype)):
        return np.divide(a, b)
    floored = a // b
    # numpy floors: step back up where the signs differ and something remains.
    return floored + ((floored * b != a) & ((a < 0) != (b < 0))).astype(a.dtype)


CARDS = (
    binary("add", np.add, prim.Add, error=Rounding(ulps=1), laws=(Law.COMMUTATIVE,)),
    binary("subtract", np.subtract, prim.Sub, error=Rounding(ulps=1)),
    binary("multiply", np.multiply, prim.Mul, error=Rounding(ulps=1), laws=(Law.COMMUTATIVE,)),
    # A compiler may multiply by the reciprocal of a constant divisor: two roundings more.
    binary("divide", _quotient, prim.Div, error=Rounding(ulps=3), domains=(ANYWHERE, Domain(0.5, 10.0))),
)
