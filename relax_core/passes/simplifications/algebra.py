"""Arithmetic that has a shorter form."""

from __future__ import annotations

import math

from relax_core.dpl import is_const, is_op, wildcard
from relax_core.dpl.patterns import DFPattern
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Expr
from relax_core.passes.simplifications.rule import Made, Rule, Say, dtype_of, number, one_value
from tensor_core import dtypes

_ROUNDING = 1e-4


def add_to_itself(say: Say) -> Made:
    """A value added to itself is doubled."""
    left, right = wildcard(), wildcard()

    def replace(expr: Expr, found: Matched) -> Expr:
        dtype = dtype_of(expr)
        same = found[left] is found[right] and dtype not in ("", "bool")
        return say("multiply", found[left], number(2, dtype)) if same else expr

    return is_op("relax.add")(left, right), replace


def divide_by_square_root(say: Say) -> Made:
    """Division by a square root is multiplication by ``rsqrt``."""
    numerator, data = wildcard(), wildcard()

    def replace(expr: Expr, found: Matched) -> Expr:
        if not dtypes.is_float(dtype_of(expr)):
            return expr
        return say("multiply", found[numerator], say("rsqrt", found[data]))

    return is_op("relax.divide")(numerator, is_op("relax.sqrt")(data)), replace


def binomial(say: Say) -> Made:
    """``a x x + b x y + c y y`` becomes ``a (x + p y) (x + q y)`` where p and q are real; a and c are 1 unless said."""
    x, y = wildcard(), wildcard()
    a, b, c = is_const(), is_const(), is_const()

    def times(left: DFPattern, right: DFPattern) -> DFPattern:
        return is_op("relax.multiply")(left, right)

    def plus(left: DFPattern, right: DFPattern) -> DFPattern:
        return is_op("relax.add")(left, right)

    squared = times(a, times(x, x)) | times(x, times(a, x)) | times(x, x)
    mixed = times(b, times(x, y)) | times(x, times(b, y)) | times(y, times(b, x)) | times(x, y)
    other = times(c, times(y, y)) | times(y, times(c, y)) | times(y, y)
    ends_in_other = plus(plus(mixed, squared), other)

    def replace(expr: Expr, found: Matched) -> Expr:
        dtype = dtype_of(expr)
        if dtype not in ("float32", "float64"):
            return expr
        values = [one_value(found[item]) if item in found else 1.0 for item in (a, b, c)]
        if None in values:
            return expr
        first, second = found[x], found[y]
        high, middle, low = map(float, values)
        if low == 1 and high > 1:
            first, second, high, low = second, first, low, high
        square = middle * middle - 4 * high * low
        if high == 0 or square < 0:
            return expr
        roots = [(middle + sign * math.sqrt(square)) / (2 * high) for sign in (1, -1)]
        left, right = (say("add", first, say("multiply", second, number(root, dtype))) for root in roots)
        if square < _ROUNDING:
            right = left
        product = say("multiply", left, right)
        return product if high == 1 else say("multiply", number(high, dtype), product)

    return ends_in_other | plus(plus(mixed, other), squared) | plus(plus(squared, other), mixed), replace


RULES = (Rule("add_to_itself", add_to_itself), Rule("divide_by_square_root", divide_by_square_root))
LAST = (Rule("binomial", binomial),)
"""Rules that look for more than two operators come after those that may take one of theirs away."""
