"""Divisions and remainders by rounding rule: floor_divide and floor_mod follow the divisor's sign, mod the dividend's.

On floats the quotient is rounded before it is floored or truncated (TVM 0.19), so a remainder may lie a rounding
outside its range; mod alone is C's exact fmod.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.ops.card import Domain, NoParams, Rounding
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


_DIVISOR = (ANYWHERE, Domain(0.5, 10.0))

CARDS = (
    binary("floor_divide", _floor_divide, prim.FloorDiv, domains=_DIVISOR),
    binary("floor_mod", _floor_mod, prim.FloorMod, domains=_DIVISOR, error=Rounding(ulps=2, magnitude=_remainder_size)),
    binary("mod", _mod, prim.TruncMod, domains=_DIVISOR),
    binary(
        "trunc_divide", _trunc_divide, _truncated_quotient, relax=None, expand=_expand_trunc_divide, domains=_DIVISOR
    ),
    binary(
        "trunc_mod",
        _trunc_mod,
        _truncated_remainder,
        relax=None,
        expand=_expand_trunc_mod,
        domains=_DIVISOR,
        error=Rounding(ulps=2, magnitude=_remainder_size),
    ),
)
