"""atan2 and log_add_exp, and the square: functions that only Relax has.

log_add_exp is computed as written, log(exp(a) + exp(b)), so that it overflows where an exponential does (TVM 0.27).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.fragment import Fragment
from tensor_core.ops.card import NoParams, Rounding
from tensor_core.ops.draw import FLOATS
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.pointwise import binary, unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr


def _at_least_one(_params: NoParams, a: Array, b: Array) -> Array:
    return np.maximum(np.abs(_log_add_exp(a, b)), 1)


def _log_add_exp(a: Array, b: Array) -> Array:
    return np.log(np.exp(a) + np.exp(b))


def _log_add_exp_of(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return prim.intrinsic("log", prim.intrinsic("exp", a) + prim.intrinsic("exp", b))


def _expand_log_add_exp(_params: NoParams, f: Fragment[Any], a: Any, b: Any) -> Any:
    return f.call("log", f.call("add", f.call("exp", a), f.call("exp", b)))


def _expand_square(_params: NoParams, f: Fragment[Any], x: Any) -> Any:
    return f.call("multiply", x, x)


def _atan2_gradient(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    y, x = args
    scale = g / (x * x + y * y)
    return [(scale * x).summed_to(y), (-(scale * y)).summed_to(x)]


def _square_gradient(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [g * args[0] * args[0].number(2.0)]


CARDS = (
    binary(
        "atan2",
        np.arctan2,
        lambda a, b: prim.intrinsic("atan2", a, b),
        relay=False,
        since="0.25",
        gradient=derivatives(_atan2_gradient),
        error=Rounding(ulps=8),
        of=FLOATS,
    ),
    binary(
        "log_add_exp",
        _log_add_exp,
        _log_add_exp_of,
        relay=False,
        since="0.21",
        expand=_expand_log_add_exp,
        error=Rounding(ulps=16, magnitude=_at_least_one),
        of=FLOATS,
    ),
    unary(
        "square",
        np.square,
        lambda x: x * x,
        relay=False,
        expand=_expand_square,
        gradient=derivatives(_square_gradient),
        error=Rounding(ulps=1),
    ),
)
