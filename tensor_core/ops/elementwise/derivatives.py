"""Derivatives of functions of one float, in the forms that TVM gives them (Relay 0.19; Relax 0.19 to 0.27).

Each is the adjoint of x for the function's result and the seed; which terms share a node, and in which order they are
multiplied, is what TVM's passes after differentiation see. Where the two IRs write one derivative differently, both
stand here.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivative


def _log(x: F, _r: F, g: F) -> F:
    return g * x.one() / x


def _log_to(base: float) -> Callable[[F, F, F], F]:
    return lambda x, _r, g: g * x.one() / (x.number(base).call("log") * x)


def _cos(x: F, _r: F, g: F) -> F:
    return g * (-x.one() * x.call("sin"))


def _tan(x: F, _r: F, g: F) -> F:
    return g / (x.call("cos") * x.call("cos"))


def _asin(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * one / (one - x * x).call("sqrt")


def _acos(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * (-one / (one - x * x).call("sqrt"))


def _atan(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * one / (one + x * x)


def _asinh(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * one / (one + x * x).call("sqrt")


def _acosh(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * one / (x * x - one).call("sqrt")


def _atanh(x: F, _r: F, g: F) -> F:
    one = x.one()
    return g * one / (one - x * x)


def _sqrt(x: F, _r: F, g: F) -> F:
    half = x.number(0.5)
    return g * half * x.call("power", -half)


def _erf(x: F, _r: F, g: F) -> F:
    return x.number(2 / math.sqrt(math.pi)) * (-x * x).call("exp") * g


def _abs(x: F, _r: F, g: F) -> F:
    one = x.one()
    return (x < x.zero()).where(-one * g, one * g)


def _relu(x: F, _r: F, g: F) -> F:
    zero = x.zero()
    return (x < zero).where(zero, x.one() * g)


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
    "sigmoid": lambda _x, r, g: g * r * (r.one() - r),
    "sin": lambda x, _r, g: g * x.call("cos"),
    "sinh": lambda x, _r, g: g * x.call("cosh"),
    "sqrt": _sqrt,
    "tan": _tan,
    "tanh": lambda _x, r, g: g * (r.one() - r * r),
}

_RELAX_RULES: dict[str, Callable[[F, F, F], F]] = {
    "abs": lambda x, _r, g: g * (x < x.zero()).where(-x.one(), x.one()),
    "cos": lambda x, _r, g: -g * x.call("sin"),
    "exp": lambda _x, r, g: g * r,
    "log": lambda x, _r, g: g / x,
    "nn.relu": lambda x, _r, g: (x < x.zero()).where(x.zero(), g),
    "sqrt": lambda x, r, g: x.number(0.5) * g / r,
}

DERIVATIVES = {name: derivative(rule) for name, rule in _RULES.items()}
"""Gradients by card name."""
RELAX_DERIVATIVES = {name: derivative(rule) for name, rule in _RELAX_RULES.items()}
"""Those that Relax writes in another form."""
