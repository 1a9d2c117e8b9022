"""Arithmetic that has a shorter form."""

from __future__ import annotations

import math

from relay_compat.dataflow_pattern import DFPattern, is_constant, is_op, wildcard
from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.passes.building import scalar
from relay_compat.passes.simplifications.rule import NodeMap, Rule, as_call, dtype_of

_ROUNDING = 1e-4


class AddToItself(Rule):
    """A value added to itself is doubled."""

    def __init__(self) -> None:
        self._left, self._right = wildcard(), wildcard()
        super().__init__(is_op("add")(self._left, self._right))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The product."""
        left = node_map[self._left][0]
        if left is not node_map[self._right][0]:
            return post
        result = call("multiply", left, scalar(2, dtype_of(pre)))
        result.memo("checked", as_call(pre).checked)
        return result


class DivideBySquareRoot(Rule):
    """Division by a square root is multiplication by ``rsqrt``."""

    def __init__(self) -> None:
        self._numerator, self._data = wildcard(), wildcard()
        super().__init__(is_op("divide")(self._numerator, is_op("sqrt")(self._data)))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The product."""
        del pre, post
        return call("multiply", node_map[self._numerator][0], call("rsqrt", node_map[self._data][0]))


class Binomial(Rule):
    """``a x x + b x y + c y y`` becomes ``a (x + p y) (x + q y)`` where p and q are real."""

    def __init__(self) -> None:
        self._x, self._y = x, y = wildcard(), wildcard()
        self._factors = a, b, c = is_constant(), is_constant(), is_constant()
        times = is_op("multiply")
        squared = _any(times(a, times(x, x)), times(x, times(a, x)), times(x, x))
        mixed = _any(times(b, times(x, y)), times(x, times(b, y)), times(y, times(b, x)), times(x, y))
        other = _any(times(c, times(y, y)), times(y, times(c, y)), times(y, y))
        plus = is_op("add")
        ends_in_other = plus(plus(mixed, squared), other)
        super().__init__(_any(ends_in_other, plus(plus(mixed, other), squared), plus(plus(squared, other), mixed)))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The product."""
        del post
        dtype = dtype_of(pre)
        x, y = node_map[self._x][0], node_map[self._y][0]
        a, b, c = (self._value(item, node_map, dtype) for item in self._factors)
        if c == 1 and a > 1:
            x, y, a, c = y, x, c, a
        square = b * b - 4 * a * c
        if square < 0:
            return pre
        root = math.sqrt(square)
        first = scalar((b + root) / (2 * a), dtype)
        left = call("add", x, call("multiply", y, first))
        right = left
        if square >= _ROUNDING:
            right = call("add", x, call("multiply", y, scalar((b - root) / (2 * a), dtype)))
        return call("multiply", scalar(a, dtype), call("multiply", left, right))

    def _value(self, factor: DFPattern, node_map: NodeMap, dtype: str) -> float:
        if factor not in node_map or dtype not in ("int32", "float32", "float64"):
            return 1.0
        constant = node_map[factor][0]
        assert isinstance(constant, Constant)
        return float(constant.data.reshape(-1)[0])


def _any(*patterns: DFPattern) -> DFPattern:
    result = patterns[0]
    for pattern in patterns[1:]:
        result = result | pattern
    return result
