"""gelu, gelu_tanh, selu, silu and softplus: smooth activations of one float. Relay spells them as compositions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, margins, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    RelaxSpelling,
    Rounding,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivative
from tensor_core.ops.pointwise import Card, unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType

_ROOT_HALF = 0.5**0.5
_TANH_SCALE = math.sqrt(2 / math.pi)
_CUBIC = 0.044715
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _number(x: Array, value: float) -> Array:
    return np.asarray(value, x.dtype)


def _erf(x: Array) -> Array:
    wide: Any = np.frompyfunc(math.erf, 1, 1)(x.astype(np.float64))
    return np.asarray(wide, np.float64).astype(x.dtype)


def _gelu(x: Array) -> Array:
    half = _number(x, 0.5)
    return x * (half + _erf(x * _number(x, _ROOT_HALF)) * half)


def _gelu_element(x: PrimExpr) -> PrimExpr:
    # TVM has no erf of float16: it computes that of float32.
    narrow = x.dtype == "float16"
    inner = x * _ROOT_HALF
    erf = prim.intrinsic("erf", inner.astype("float32") if narrow else inner)
    return x * (0.5 + erf.astype(x.dtype) * 0.5)


def _expand_gelu(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    x = F(f, data)
    half = x.number(0.5)
    return (x * (half + (x * x.number(_ROOT_HALF)).call("erf") * half)).value


def _gelu_tanh(x: Array) -> Array:
    one = _number(x, 1)
    inner = _number(x, _TANH_SCALE) * x * (one + _number(x, _CUBIC) * x * x)
    return _number(x, 0.5) * x * (one + np.tanh(inner))


def _gelu_tanh_element(x: PrimExpr) -> PrimExpr:
    inner = prim.const(_TANH_SCALE, x.dtype) * x * (1.0 + prim.const(_CUBIC, x.dtype) * x * x)
    return prim.const(0.5, x.dtype) * x * (1.0 + prim.intrinsic("tanh", inner))


def _expand_gelu_tanh(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    x = F(f, data)
    one = x.number(1)
    inner = x.number(_TANH_SCALE) * x * (one + x.number(_CUBIC) * x * x)
    return (x.number(0.5) * x * (one + inner.call("tanh"))).value


def _selu(x: Array) -> Array:
    zero = _number(x, 0)
    below = np.minimum(zero, _number(x, _SELU_ALPHA) * (np.exp(x) - _number(x, 1)))
    return _number(x, _SELU_SCALE) * (np.maximum(x, zero) + below)


def _selu_element(x: PrimExpr) -> PrimExpr:
    zero = prim.const(0, x.dtype)
    below = prim.Min(zero, prim.const(_SELU_ALPHA, x.dtype) * (prim.intrinsic("exp", x) - 1.0))
    return prim.const(_SELU_SCALE, x.dtype) * (prim.Max(x, zero) + below)


def _expand_selu(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    x = F(f, data)
    zero = x.number(0)
    below = zero.call("minimum", x.number(_SELU_ALPHA) * (x.call("exp") - x.number(1)))
    return (x.number(_SELU_SCALE) * (x.call("maximum", zero) + below)).value


def _selu_size(_params: NoParams, x: Array) -> Array:
    # exp(x) - 1 cancels near zero.
    return np.maximum(np.abs(_selu(x)), 1)


def _silu(x: Array) -> Array:
    return x * (_number(x, 1) / (_number(x, 1) + np.exp(-x)))


def _silu_element(x: PrimExpr) -> PrimExpr:
    return x * (1.0 / (1.0 + prim.intrinsic("exp", -x)))


def _expand_silu(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    x = F(f, data)
    return (x * x.call("sigmoid")).value


def _silu_gradient(x: F, result: F, g: F) -> F:
    s = x.call("sigmoid")
    return g * (s + result * (x.one() - s))


def _size_of_x(_params: NoParams, x: Array) -> Array:
    return np.abs(x)


def _card(
    name: str,
    reference: Callable[[Array], Array],
    element: Callable[[PrimExpr], PrimExpr],
    expand: Callable[..., Any],
    error: Rounding,
    since: str = "0.19",
    gradient: Gradient | None = None,
) -> Card:
    return unary(
        name, reference, element, relay=False, since=since, infer=rules.float_identity, expand=expand,
        gradient=gradient, error=error,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Softplus:
    """log(1 + exp(beta * x)) / beta, and x where beta * x is above ``threshold``."""

    beta: float
    threshold: float


def _softplus(params: Softplus, x: Array) -> Array:
    one, beta = _number(x, 1), _number(x, params.beta)
    scaled = beta * x
    return np.where(scaled > _number(x, params.threshold), x, (one / beta) * np.log(one + np.exp(scaled)))


def _lower_softplus(params: Softplus, b: LoopBuilder, x: Tensor) -> Tensor:
    beta, threshold = prim.const(params.beta, x.dtype), prim.const(params.threshold, x.dtype)

    def value(*i: PrimExpr) -> PrimExpr:
        scaled = beta * x[i]
        return prim.select(
            scaled > threshold, x[i], 1.0 / beta * prim.intrinsic("log", 1.0 + prim.intrinsic("exp", scaled))
        )

    return b.compute(x.shape, value, name="T_softplus")


def _expand_softplus(params: Softplus, f: Fragment[Any], data: Any) -> Any:
    x = F(f, data)
    scaled = x.number(params.beta) * x
    smooth = x.number(1 / params.beta) * (x.number(1) + scaled.call("exp")).call("log")
    return (x.number(params.threshold) < scaled).where(x, smooth).value


def _softplus_size(params: Softplus, x: Array) -> Array:
    # The sum under the logarithm is rounded at one.
    return np.maximum(np.abs(_softplus(params, x)), abs(1 / params.beta))


def _draw_softplus(d: Draw) -> Drawn:
    params = Softplus(d.one_of(1.0, 0.5, 2.0, -1.0), d.one_of(20.0, 2.0, 0.0, -3.0))
    source = TensorType(d.any_shape(), d.one_of(*draw.FLOATS))
    # Exponentials of more than 11 are infinite in float16.
    return Drawn(params, (source,), {0: Domain(-5.0, 5.0)} if source.dtype == "float16" else {})


def _softplus_margin(params: Softplus, x: Array) -> Array:
    return margins.relative(params.beta * x, np.asarray(params.threshold))


CARDS: tuple[OpCard[Any], ...] = (
    _card("nn.gelu", _gelu, _gelu_element, _expand_gelu, Rounding(ulps=12, magnitude=_size_of_x)),
    _card("nn.gelu_tanh", _gelu_tanh, _gelu_tanh_element, _expand_gelu_tanh, Rounding(ulps=24, magnitude=_size_of_x)),
    _card("nn.selu", _selu, _selu_element, _expand_selu, Rounding(ulps=24, magnitude=_selu_size), since="0.21"),
    _card(
        "nn.silu", _silu, _silu_element, _expand_silu, Rounding(ulps=16), gradient=derivative(_silu_gradient),
    ),
    OpCard(
        name="nn.softplus",
        inputs=(Input("data", Domain()),),
        params=Softplus,
        infer=rules.float_identity,
        reference=_softplus,
        lower=_lower_softplus,
        expand=_expand_softplus,
        relax=(
            RelaxSpelling(
                name="relax.nn.softplus",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.SoftplusAttrs",
                fields=(Field("beta", Kind.FLOAT, 1.0), Field("threshold", Kind.FLOAT, 20.0)),
                since="0.21",
            ),
        ),
        pattern=Pattern.ELEMENTWISE,
        error=Rounding(ulps=16, magnitude=_softplus_size),
        draw=_draw_softplus,
        margin=_softplus_margin,
    ),
)  # fmt: skip
