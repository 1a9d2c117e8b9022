"""Functions on scalars: tvm.tir.min, tvm.tir.exp and their kin. Known integers are computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from migrate.alias.tir.nodes import as_scalar
from tensor_core import dtypes, prim

_UNARY = (
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "erf", "exp", "floor", "log", "log2",
    "round", "rsqrt", "sigmoid", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip


def _both(kind: Any, known: Callable[[int, int], int] | None) -> Callable[..., Any]:
    def make(a: Any, b: Any, span: Any = None) -> Any:
        del span
        if known is not None and isinstance(a, int) and isinstance(b, int):
            return prim.Imm(known(a, b))
        left = as_scalar(a, b)
        return kind(left, as_scalar(b, left))

    return make


def _truncated(a: int, b: int) -> int:
    return -(-a // b) if (a < 0) != (b < 0) else a // b


floordiv = indexdiv = _both(prim.FloorDiv, lambda a, b: a // b)
floormod = indexmod = _both(prim.FloorMod, lambda a, b: a % b)
truncdiv = div = _both(prim.Div, _truncated)
truncmod = _both(prim.TruncMod, lambda a, b: a - b * _truncated(a, b))
min = _both(prim.Min, lambda a, b: a if a < b else b)
max = _both(prim.Max, lambda a, b: a if a > b else b)
plus = _both(prim.Add, lambda a, b: a + b)
subtract = _both(prim.Sub, lambda a, b: a - b)
multiply = _both(prim.Mul, lambda a, b: a * b)


def ceildiv(lhs: Any, rhs: Any, span: Any = None) -> Any:
    """The quotient, rounded up."""
    del span
    if isinstance(lhs, int) and isinstance(rhs, int):
        return prim.Imm(-(-lhs // rhs))
    left = as_scalar(lhs, rhs)
    right = as_scalar(rhs, left)
    return prim.FloorDiv(prim.Sub(prim.Add(left, right), prim.const(1, left.dtype)), right)


def power(x: Any, y: Any, span: Any = None) -> Any:
    """``x`` to the power ``y``."""
    del span
    left = as_scalar(x, y)
    return prim.intrinsic("pow", left, as_scalar(y, left))


pow = power


def atan2(x1: Any, x2: Any) -> Any:
    """The angle of a point."""
    left = as_scalar(x1, x2)
    return prim.intrinsic("atan2", left, as_scalar(x2, left))


def abs(x: Any, span: Any = None) -> Any:
    """The absolute value."""
    del span
    value = as_scalar(x)
    if dtypes.is_float(value.dtype):
        return prim.intrinsic("fabs", value)
    return prim.select(prim.LE(prim.const(0, value.dtype), value), value, -value)


def if_then_else(cond: Any, t: Any, f: Any, span: Any = None) -> Any:
    """One of two values; the other is not evaluated."""
    del span
    first = as_scalar(t, f)
    return prim.if_then_else(as_scalar(cond), first, as_scalar(f, first))


def all(*args: Any, span: Any = None) -> Any:
    """Whether all conditions hold."""
    del span
    return reduce(prim.And, map(as_scalar, args))


def any(*args: Any, span: Any = None) -> Any:
    """Whether one condition holds."""
    del span
    return reduce(prim.Or, map(as_scalar, args))


def max_value(dtype: str, span: Any = None) -> Any:
    """The largest number of an element type."""
    del span
    return _limit(dtype, "max")


def min_value(dtype: str, span: Any = None) -> Any:
    """The smallest number of an element type."""
    del span
    return _limit(dtype, "min")


def _limit(dtype: str, which: str) -> Any:
    kind: Any = dtypes.to_numpy(str(dtype))
    floats = dtypes.is_float(str(dtype))
    info: Any = np.finfo(kind) if floats else np.iinfo(kind)
    limit = getattr(info, which)
    return prim.const(float(limit) if floats else int(limit), str(dtype))


def unary(name: str) -> Callable[..., Any]:
    """The function of one argument with this name."""

    def make(x: Any, span: Any = None) -> Any:
        del span
        return prim.intrinsic(name, as_scalar(x))

    make.__name__ = name
    return make


def __getattr__(name: str) -> Any:
    if name in _UNARY:
        return unary(name)
    raise AttributeError(name)
