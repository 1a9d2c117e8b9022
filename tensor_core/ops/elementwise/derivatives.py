"""Derivatives of functions of one float, as TVM 0.19 registers them (python/tvm/relay/op/_tensor_grad.py).

Each is the adjoint of x for the function's result and the seed; which terms share a node, and in which order they are
multiplied, is what TVM's passes after differentiation see.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivative


def _log(x: F, _r: F, g: F) -> F:
    return g * x.ones() / x


def _log_to(base: float) -> Callable[[F, F, F], F]:
    return lambda x, _r, g: g * x.ones() / (x.number(base).call("log") * x)


def _cos(x: F, _r: F, g: F) -> F:
    return g * (-x.ones() * x.call("sin"))


def _tan(x: F, _r: F, g: F) -> F:
    return g / (x.call("cos") * x.call("cos"))


def _asin(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * one / (one - x * x).call("sqrt")


def _acos(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * (-one / (one - x * x).call("sqrt"))


def _atan(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * one / (one + x * x)


def _asinh(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * one / (one + x * x).call("sqrt")


def _acosh(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * one / (x * x - one).call("sqrt")


def _atanh(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return g * one / (one - x * x)


def _sqrt(x: F, _r: F, g: F) -> F:
    half = x.number(0.5)
    return g * half * x.call("power", -half)


def _erf(x: F, _r: F, g: F) -> F:
    return x.number(2 / math.sqrt(math.pi)) * (-x * x).call("exp") * g


def _abs(x: F, _r: F, g: F) -> F:
    one = x.ones()
    return (x < x.zeros()).where(-one * g, one * g)


def _relu(x: F, _r: F, g: F) -> F:
    zero = x.zeros()
    return (x < zero).where(zero, x.ones() * g)


_RULES: dict[str, Callable[[F, F, F], F]] = {
    "abs": _abs,
    "acos": _acos,
    "acosh": _acosh,
    "asin": _asin,
    "asinh": _asinh,
    "atan": _atan,
    "atanh": _atanh,
    "copy": lambda _x, _r, g: g,
    "cos": _cos,
    "cosh": lambda x, _r, g: g * x.call("sinh"),
    "erf": _erf,
    "exp": lambda x, _r, g: g * x.call("exp"),
    "log": _log,
    "log10": _log_to(10.0),
    "log2": _log_to(2.0),
    "negative": lambda _x, _r, g: -g,
    "nn.relu": _relu,
    "sigmoid": lambda _x, r, g: g * r * (r.ones() - r),
    "sin": lambda x, _r, g: g * x.call("cos"),
    "sinh": lambda x, _r, g: g * x.call("cosh"),
    "sqrt": _sqrt,
    "tan": _tan,
    "tanh": lambda _x, r, g: g * (r.ones() - r * r),
}
DERIVATIVES = {name: derivative(rule) for name, rule in _RULES.items()}
"""Gradients by card name."""
