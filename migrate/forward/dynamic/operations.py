"""Operations on single elements of shape arithmetic: numbers, and expressions over sizes, which are never negative."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tensor_core import prim, shapes
from tensor_core.arith.analyzer import Analyzer
from tensor_core.prim import PrimExpr


class NotKnown(Exception):
    """An element cannot be said as a dimension."""


def _arithmetic(
    numbers: Callable[[Any, Any], Any], symbols: Callable[[Any, Any], Any]
) -> Callable[[bool, Any, Any], Any]:
    def operation(_whole_numbers: bool, a: Any, b: Any) -> Any:
        if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
            return numbers(a, b)
        return symbols(_integral(a), _integral(b))

    return operation


def _integral(value: Any) -> Any:
    """A number beside an expression: of a float, only one that is whole."""
    if isinstance(value, float):
        if not value.is_integer():
            raise NotKnown
        return int(value)
    return int(value) if isinstance(value, int) else value


def _divide(whole: bool, a: Any, b: Any) -> Any:
    if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
        return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1) if whole else a / b
    a, b = _integral(a), _integral(b)
    if whole and _not_negative(a) and _not_negative(b):
        return shapes.floor_divide(a, b)
    quotient = shapes.floor_divide(a, b)
    if not whole and shapes.prove_equal(shapes.multiply(quotient, b), a):
        return quotient
    raise NotKnown


def _floor_divide(whole: bool, a: Any, b: Any) -> Any:
    if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
        return a // b
    if not whole:
        return _divide(whole, a, b)
    return shapes.floor_divide(a, b)


def _modulo(whole: bool, a: Any, b: Any) -> Any:
    if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
        return math.fmod(a, b) if not whole else int(math.fmod(a, b))
    if not whole or not (_not_negative(a) and _not_negative(b)):
        raise NotKnown
    return shapes.subtract(a, shapes.multiply(shapes.floor_divide(a, b), b))


def _extremum(kind: type[prim.Max] | type[prim.Min], a: Any, b: Any) -> Any:
    if isinstance(a, int) and _not_negative(b) and a <= 0:
        return b if kind is prim.Max else a
    if isinstance(b, int) and _not_negative(a) and b <= 0:
        return a if kind is prim.Max else b
    return shapes.simplify(kind(shapes.as_expr(a), shapes.as_expr(b)))


def _not_negative(value: Any) -> bool:
    """Whether a number or an expression over sizes cannot be negative."""
    if not isinstance(value, PrimExpr):
        return value >= 0
    return _facts(value).can_prove(prim.LE(prim.IntImm(0, "int64"), value))


def _facts(*values: Any) -> Analyzer:
    """Sizes are not negative."""
    analyzer = Analyzer()
    for value in values:
        for var in shapes.free_vars(value) if isinstance(value, PrimExpr) else ():
            analyzer.mark_global_non_neg_value(var)
    return analyzer


def differ(a: Any, b: Any) -> bool:
    """Whether two elements are different; NotKnown where that hangs on symbols."""
    if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
        return a != b
    a, b = _integral(a), _integral(b)
    if shapes.prove_equal(a, b):
        return False
    if shapes.prove_different(a, b) or _less(a, b, _facts(a, b)) or _less(b, a, _facts(a, b)):
        return True
    raise NotKnown


def _less(a: Any, b: Any, facts: Analyzer) -> bool:
    return facts.can_prove(prim.LT(shapes.as_expr(a), shapes.as_expr(b)))


def _ordered(numbers: Callable[[Any, Any], bool], swapped: bool, strict: bool) -> Callable[[bool, Any, Any], Any]:
    """A comparison ``a < b``, of which the others are forms."""

    def operation(_whole_numbers: bool, a: Any, b: Any) -> Any:
        if not isinstance(a, PrimExpr) and not isinstance(b, PrimExpr):
            return int(numbers(a, b))
        a, b = _integral(a), _integral(b)
        low, high = (b, a) if swapped else (a, b)
        facts = _facts(a, b)
        holds, fails = (_less(low, high, facts), _at_most(high, low, facts))
        if not strict:
            holds, fails = _at_most(low, high, facts), _less(high, low, facts)
        if holds or fails:
            return int(holds)
        raise NotKnown

    return operation


def _at_most(a: Any, b: Any, facts: Analyzer) -> bool:
    return facts.can_prove(prim.LE(shapes.as_expr(a), shapes.as_expr(b)))


def _chosen(_whole_numbers: bool, condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, PrimExpr):
        return a if condition else b
    if (isinstance(a, PrimExpr) or isinstance(b, PrimExpr)) and shapes.prove_equal(_integral(a), _integral(b)):
        return a
    raise NotKnown


def _negative(_whole_numbers: bool, a: Any) -> Any:
    return shapes.subtract(0, a) if isinstance(a, PrimExpr) else -a


def _equal(_whole_numbers: bool, a: Any, b: Any) -> int:
    return int(not differ(a, b))


def _not_equal(_whole_numbers: bool, a: Any, b: Any) -> int:
    return int(differ(a, b))


def _logical_not(_whole_numbers: bool, a: Any) -> int:
    return int(not differ(a, 0))


def _rounded(operation: Callable[[float], float] | None) -> Callable[[bool, Any], Any]:
    """An operation on fractions: what stands for a size has none."""

    def rounded(_whole_numbers: bool, a: Any) -> Any:
        return a if isinstance(a, PrimExpr) or operation is None else float(operation(a))

    return rounded


def _away(value: float) -> float:
    """The nearest whole number; of two the one that is farther from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _maximum(a: Any, b: Any) -> Any:
    return _extremum(prim.Max, a, b)


def _minimum(a: Any, b: Any) -> Any:
    return _extremum(prim.Min, a, b)


ELEMENTWISE: Mapping[str, Callable[..., Any]] = {
    "add": _arithmetic(operator.add, shapes.add),
    "subtract": _arithmetic(operator.sub, shapes.subtract),
    "multiply": _arithmetic(operator.mul, shapes.multiply),
    "divide": _divide,
    "trunc_divide": _divide,
    "floor_divide": _floor_divide,
    "mod": _modulo,
    "trunc_mod": _modulo,
    "maximum": _arithmetic(max, _maximum),
    "minimum": _arithmetic(min, _minimum),
    "negative": _negative,
    "equal": _equal,
    "not_equal": _not_equal,
    "less": _ordered(operator.lt, swapped=False, strict=True),
    "greater": _ordered(operator.gt, swapped=True, strict=True),
    "less_equal": _ordered(operator.le, swapped=False, strict=False),
    "greater_equal": _ordered(operator.ge, swapped=True, strict=False),
    "logical_not": _logical_not,
    "where": _chosen,
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": _rounded(_away),
    "copy": _rounded(None),
}
"""By card: the operation on single elements. Its first argument says whether the operands are integers."""

FOLDS: Mapping[str, Callable[..., Any]] = {
    "prod": ELEMENTWISE["multiply"],
    "sum": ELEMENTWISE["add"],
    "max": ELEMENTWISE["maximum"],
    "min": ELEMENTWISE["minimum"],
}
