"""abs, negative, sign: integers wrap (abs of -128 in int8 is -128), and the sign of NaN and of both zeros is 0."""

from __future__ import annotations

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.ops import margins
from tensor_core.ops.card import Law, NoParams
from tensor_core.ops.draw import NUMBERS
from tensor_core.ops.elementwise.derivatives import DERIVATIVES, RELAX_DERIVATIVES
from tensor_core.ops.pointwise import unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr


def _abs(x: PrimExpr) -> PrimExpr:
    if dtypes.is_float(x.dtype):
        return prim.intrinsic("fabs", x)
    return prim.select(x < 0, -x, x) if dtypes.is_signed_int(x.dtype) else x


def _negative(x: Array) -> Array:
    return np.zeros((), x.dtype) - x


def _sign(x: Array) -> Array:
    return ((x > 0).astype(np.int8) - (x < 0).astype(np.int8)).astype(x.dtype)


def _sign_of(x: PrimExpr) -> PrimExpr:
    zero, one = prim.const(0, x.dtype), prim.const(1, x.dtype)
    below = zero if dtypes.is_unsigned_int(x.dtype) else prim.select(x < 0, prim.const(-1, x.dtype), zero)
    return prim.select(x > 0, one, below)


def _sign_margin(_params: NoParams, x: Array) -> Array:
    return margins.sign(x)


CARDS = (
    unary(
        "abs",
        np.abs,
        _abs,
        gradient=DERIVATIVES["abs"],
        relax_gradient=RELAX_DERIVATIVES["abs"],
        laws=(Law.IDEMPOTENT, Law.EVEN, Law.SCALES),
        of=NUMBERS,
    ),
    unary(
        "negative",
        _negative,
        lambda x: -x,
        gradient=DERIVATIVES["negative"],
        laws=(Law.INVOLUTION, Law.ODD, Law.SCALES),
        of=NUMBERS,
    ),
    unary("sign", _sign, _sign_of, laws=(Law.IDEMPOTENT, Law.MONOTONE, Law.ODD), of=NUMBERS, margin=_sign_margin),
)
