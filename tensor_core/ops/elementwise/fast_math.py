"""fast_exp, fast_tanh and fast_erf: the approximations that Relay's FastMath pass puts in place of the functions.

TVM 0.19 approximates in float32 (fast_erf also in float16), by polynomials and rational functions on a clamped
argument; in other types these are the functions themselves. Here they are the functions themselves throughout, and the
error model covers the approximation: a few units in the last place; for exp as many more as the argument is large,
because the argument is reduced in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Input, NoParams, OpCard, Pattern, RelaySpelling, Rounding
from tensor_core.ops.rules import Array


def _exp_size(_params: NoParams, x: Array) -> Array:
    return np.exp(x) * (1 + np.abs(x))


def _fast(name: str, function: str, magnitude: Callable[..., Array] | None = None) -> OpCard[NoParams]:
    def expand(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
        return f.call(function, data)

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=NoParams,
        infer=rules.identity,
        expand=expand,
        relay=RelaySpelling(name=name),
        pattern=Pattern.ELEMENTWISE,
        error=Rounding(ulps=16, magnitude=magnitude),
        draw=draw.pointwise(*draw.FLOATS),
    )


CARDS = (_fast("fast_exp", "exp", _exp_size), _fast("fast_tanh", "tanh"), _fast("fast_erf", "erf"))
