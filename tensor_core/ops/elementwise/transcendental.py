"""Mathematical functions of one float: exponentials, logarithms, roots, trigonometric and hyperbolic functions, erf.

Bounds are those of a good vectorised library: a few ulps. Functions that pass through zero on their domain (sin, tanh,
erf, ...) are bounded absolutely, because TVM computes some of them by formulas with that property: tanh is
(1 - e^-2x) / (1 + e^-2x) in TVM 0.19.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.fragment import Fragment
from tensor_core.ops.card import Domain, Law, NoParams, Rounding
from tensor_core.ops.elementwise.derivatives import DERIVATIVES, RELAX_DERIVATIVES
from tensor_core.ops.pointwise import ANYWHERE, Card, unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr

Function = Callable[[Array], Array]
Magnitude = Callable[[NoParams, Array], Array]


def _one(_params: NoParams, x: Array) -> Array:
    return np.ones_like(x)


def _at_least_one(function: Function) -> Magnitude:
    return lambda _params, x: np.maximum(np.abs(function(x)), 1)


def _of(function: Function) -> Magnitude:
    return lambda _params, x: function(x)


def _erf(x: Array) -> Array:
    wide: Any = np.frompyfunc(math.erf, 1, 1)(x.astype(np.float64))
    return np.asarray(wide, np.float64).astype(x.dtype)


def _reciprocal_root(x: Array) -> Array:
    return np.asarray(1 / np.sqrt(x), x.dtype)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), x.dtype)


def _logistic(x: PrimExpr) -> PrimExpr:
    return 1.0 / (1.0 + prim.intrinsic("exp", -x))


def _secant_squared(x: Array) -> Array:
    return 1 + np.tan(x) ** 2


def _scaled_log(base: float) -> Callable[..., Any]:
    """The logarithm to another base as a multiple of the natural one."""

    def expand(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
        factor = f.constant(1 / math.log(base), f.tensor_type(data).dtype)
        return f.call("multiply", f.call("log", data), factor)

    return expand


def _card(
    name: str,
    reference: Function,
    domain: Domain,
    error: Rounding,
    rising: bool = False,
    parity: Sequence[Law] = (),
    relax: str | None = "",
    expand: Callable[..., Any] | None = None,
) -> Card:
    return unary(
        name,
        reference,
        lambda x: prim.intrinsic(name, x),
        relax=relax,
        expand=expand,
        gradient=DERIVATIVES.get(name),
        relax_gradient=RELAX_DERIVATIVES.get(name),
        domain=domain,
        error=error,
        laws=(*((Law.MONOTONE,) if rising else ()), *parity),
    )


def _base(name: str, reference: Function, base: float) -> Card:
    error = Rounding(ulps=8, magnitude=_at_least_one(reference))
    return _card(name, reference, _POSITIVE, error, rising=True, relax=None, expand=_scaled_log(base))


_POSITIVE = Domain(1e-3, 100.0)
_UNIT = Domain(-1.0, 1.0)
_ODD = (Law.ODD, Law.SIGNED)
_EVEN = (Law.EVEN,)
_ABSOLUTE = Rounding(ulps=8, magnitude=_one)

CARDS = (
    _card("exp", np.exp, ANYWHERE, Rounding(ulps=8), rising=True),
    _card("log", np.log, _POSITIVE, Rounding(ulps=8, magnitude=_at_least_one(np.log)), rising=True),
    _base("log2", np.log2, 2),
    _base("log10", np.log10, 10),
    _card("sqrt", np.sqrt, _POSITIVE, Rounding(ulps=2), rising=True),
    _card("rsqrt", _reciprocal_root, _POSITIVE, Rounding(ulps=4)),
    _card("tanh", np.tanh, ANYWHERE, _ABSOLUTE, rising=True, parity=_ODD),
    unary(
        "sigmoid",
        _sigmoid,
        _logistic,
        gradient=DERIVATIVES["sigmoid"],
        error=Rounding(ulps=12),
        laws=(Law.MONOTONE,),
    ),
    _card("erf", _erf, Domain(-4.0, 4.0), _ABSOLUTE, rising=True, parity=_ODD),
    _card("sin", np.sin, ANYWHERE, _ABSOLUTE, parity=_ODD),
    _card("cos", np.cos, ANYWHERE, _ABSOLUTE, parity=_EVEN),
    _card("tan", np.tan, Domain(-1.5, 1.5), Rounding(ulps=16, magnitude=_of(_secant_squared)), parity=_ODD),
    _card("sinh", np.sinh, Domain(-8.0, 8.0), Rounding(ulps=12, magnitude=_of(np.cosh)), rising=True, parity=_ODD),
    _card("cosh", np.cosh, Domain(-8.0, 8.0), Rounding(ulps=12), parity=_EVEN),
    _card("asin", np.arcsin, _UNIT, _ABSOLUTE, rising=True, parity=_ODD),
    _card("acos", np.arccos, _UNIT, _ABSOLUTE),
    _card("atan", np.arctan, ANYWHERE, _ABSOLUTE, rising=True, parity=_ODD),
    _card(
        "asinh",
        np.arcsinh,
        ANYWHERE,
        Rounding(ulps=16, magnitude=_at_least_one(np.arcsinh)),
        rising=True,
        parity=_ODD,
    ),
    _card("acosh", np.arccosh, Domain(1.0, 10.0), Rounding(ulps=16, magnitude=_at_least_one(np.arccosh)), rising=True),
    _card(
        "atanh",
        np.arctanh,
        Domain(-0.9, 0.9),
        Rounding(ulps=16, magnitude=_at_least_one(np.arctanh)),
        rising=True,
        parity=_ODD,
    ),
)
