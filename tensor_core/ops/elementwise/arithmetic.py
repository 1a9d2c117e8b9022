"""add, subtract, multiply, divide: broadcast, never promoted. Integers wrap, bools too (modulo two); the division of
integers truncates toward zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.ops.card import Domain, Law, NoParams, Rounding
from tensor_core.ops.elementwise.division import draw_division, unanswered
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.pointwise import ANYWHERE, binary
from tensor_core.ops.rules import Array


def _sum(a: Array, b: Array) -> Array:
    return np.logical_xor(a, b) if a.dtype == bool else np.add(a, b)


def _difference(a: Array, b: Array) -> Array:
    return np.logical_xor(a, b) if a.dtype == bool else np.subtract(a, b)


def _quotient(a: Array, b: Array) -> Array:
    if dtypes.is_float(dtypes.from_numpy(a.dtype)):
        return np.divide(a, b)
    floored = a // b
    # numpy floors: step back up where the signs differ and something remains.
    return floored + ((floored * b != a) & ((a < 0) != (b < 0))).astype(a.dtype)


def _add(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [g.summed_to(args[0]), g.summed_to(args[1])]


def _subtract(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [g.summed_to(args[0]), (-g).summed_to(args[1])]


def _multiply(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    x, y = args
    return [(g * y).summed_to(x), (g * x).summed_to(y)]


def _divide(_params: NoParams, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    x, y = args
    return [(g / y).summed_to(x), (-(g * result / y)).summed_to(y)]


def _relax_divide(_params: NoParams, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    x, y = args
    return [(g / y).summed_to(x), (-g * result / y).summed_to(y)]


CARDS = (
    binary("add", _sum, prim.Add, gradient=derivatives(_add), error=Rounding(ulps=1), laws=(Law.COMMUTATIVE,)),
    binary("subtract", _difference, prim.Sub, gradient=derivatives(_subtract), error=Rounding(ulps=1)),
    binary(
        "multiply",
        np.multiply,
        prim.Mul,
        gradient=derivatives(_multiply),
        error=Rounding(ulps=1),
        laws=(Law.COMMUTATIVE, Law.ODD, Law.SIGNED, Law.SCALES),
    ),
    # A compiler may multiply by the reciprocal of a constant divisor: two roundings more.
    binary(
        "divide",
        _quotient,
        prim.Div,
        gradient=derivatives(_divide),
        relax_gradient=derivatives(_relax_divide),
        error=Rounding(ulps=3),
        laws=(Law.ODD, Law.SIGNED, Law.SCALES),
        domains=(ANYWHERE, Domain(0.5, 10.0)),
        drawn=draw_division,
        undefined=unanswered,
    ),
)
