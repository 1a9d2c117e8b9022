"""Divisions and remainders by rounding rule: floor_divide and floor_mod follow the divisor's sign, mod the dividend's.

On floats the quotient is rounded before it is floored or truncated (TVM 0.19), so a remainder may lie a rounding
outside its range; mod alone is C's exact fmod.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, margins, rules
from tensor_core.ops.card import Domain, NoParams, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.pointwise import ANYWHERE, binary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr


def _is_float(x: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(x.dtype))


def _floor_divide(a: Array, b: Array) -> Array:
    return np.floor(a / b) if _is_float(a) else a // b


def _floor_mod(a: Array, b: Array) -> Array:
    return a - np.floor(a / b) * b if _is_float(a) else a % b


def _mod(a: Array, b: Array) -> Array:
    return np.fmod(a, b)


def _trunc_mod(a: Array, b: Array) -> Array:
    return a - np.trunc(a / b) * b if _is_float(a) else np.fmod(a, b)


def _trunc_divide(a: Array, b: Array) -> Array:
    if _is_float(a):
        return np.trunc(a / b)
    floored = a // b
    return floored + ((floored * b != a) & ((a < 0) != (b < 0))).astype(a.dtype)


def _truncated_quotient(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return prim.intrinsic("trunc", a / b) if dtypes.is_float(a.dtype) else prim.Div(a, b)


def _truncated_remainder(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    return a - _truncated_quotient(a, b) * b if dtypes.is_float(a.dtype) else prim.TruncMod(a, b)


def _remainder_size(_params: NoParams, a: Array, b: Array) -> Array:
    return np.abs(a) + np.abs(b)


def _expand_trunc_divide(_params: NoParams, f: Fragment[Any], a: Any, b: Any) -> Any:
    quotient = f.call("divide", a, b)
    return f.call("trunc", quotient) if dtypes.is_float(f.tensor_type(quotient).dtype) else quotient


def _expand_trunc_mod(_params: NoParams, f: Fragment[Any], a: Any, b: Any) -> Any:
    if not dtypes.is_float(f.tensor_type(a).dtype):
        return f.call("mod", a, b)
    return f.call("subtract", a, f.call("multiply", f.call("trunc", f.call("divide", a, b)), b))


def draw_division(d: Draw) -> Drawn:
    """Two tensors that broadcast, the divisor of either sign but never next to zero."""
    drawn = draw.broadcast(*draw.NUMBERS)(d)
    negative = not dtypes.is_unsigned_int(rules.tensor(drawn.types[0], 0).dtype) and d.flag()
    return dataclasses.replace(drawn, domains={1: Domain(-10.0, -0.5)} if negative else {})


def unanswered(_params: NoParams, a: Array, b: Array) -> Array:
    """Where a quotient of integers has no value: of zero, and the one that is too large."""
    if _is_float(a):
        return np.zeros((), bool)
    lowest = dtypes.lowest(dtypes.from_numpy(a.dtype))
    return (b == 0) | ((lowest < 0) & (a == lowest) & (b == -1))


def _floor_margin(_params: NoParams, a: Array, b: Array) -> Array:
    return margins.whole(a / b) if _is_float(a) else np.asarray(np.inf)


def _truncation_margin(_params: NoParams, a: Array, b: Array) -> Array:
    return margins.truncation(a / b) if _is_float(a) else np.asarray(np.inf)


_card = partial(binary, domains=(ANYWHERE, Domain(0.5, 10.0)), drawn=draw_division, undefined=unanswered)
_REMAINDER = Rounding(ulps=2, magnitude=_remainder_size)

CARDS = (
    _card("floor_divide", _floor_divide, prim.FloorDiv, margin=_floor_margin),
    _card("floor_mod", _floor_mod, prim.FloorMod, error=_REMAINDER, margin=_floor_margin),
    _card("mod", _mod, prim.TruncMod, margin=_truncation_margin),
    _card(
        "trunc_divide",
        _trunc_divide,
        _truncated_quotient,
        relax=None,
        expand=_expand_trunc_divide,
        margin=_truncation_margin,
    ),
    _card(
        "trunc_mod",
        _trunc_mod,
        _truncated_remainder,
        relax=None,
        expand=_expand_trunc_mod,
        error=_REMAINDER,
        margin=_truncation_margin,
    ),
)
