"""Constant bounds of integer expressions (tvm.arith.ConstIntBound in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from tensor_core import dtypes, prim
from tensor_core.arith.fold import is_index, quotient, same
from tensor_core.node import post_order
from tensor_core.prim import IntImm, PrimExpr, Var

if TYPE_CHECKING:
    from tensor_core.arith.analyzer import Analyzer

POS_INF = (1 << 63) - 1
"""Where a bound says: no limit."""
NEG_INF = -POS_INF


class ConstIntBound(NamedTuple):
    """The least and the greatest value that an expression can have; NEG_INF and POS_INF where nothing is known."""

    min_value: int
    max_value: int


_UNLIMITED = ConstIntBound(NEG_INF, POS_INF)


class Bounds:
    """Bounds of expressions from those of their variables and from constraints."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.variables: dict[Var, ConstIntBound] = {}
        self.constraints: list[tuple[PrimExpr, ConstIntBound]] = []
        self._known: dict[PrimExpr, ConstIntBound] = {}

    def changed(self) -> None:
        """Forget what was computed under other bounds of variables."""
        self._known.clear()

    def of(self, expr: PrimExpr) -> ConstIntBound:
        """The bounds of an expression."""
        known = self._known
        found = known.get(expr)
        if found is None:
            for node in post_order([expr], lambda e: [c for c in _operands(e) if c not in known]):
                if node not in known:
                    known[node] = self._constrained(node, self._compute(node))
            found = known[expr]
        return found

    def _constrained(self, expr: PrimExpr, bound: ConstIntBound) -> ConstIntBound:
        for constrained, other in self.constraints:
            if same(constrained, expr):
                bound = _both(bound, other)
        return bound

    def _compute(self, expr: PrimExpr) -> ConstIntBound:
        match expr:
            case IntImm():
                return ConstIntBound(expr.value, expr.value)
            case Var():
                known = self.variables.get(expr)
                if known is None:
                    return ConstIntBound(0, POS_INF) if isinstance(expr, prim.SizeVar) else everything(expr.dtype)
                return known
            case prim.Cast() if dtypes.is_int(expr.value.dtype) and dtypes.is_int(expr.dtype):
                return _both(self._known[expr.value], everything(expr.dtype))
            case prim.Select():
                return _either(self._known[expr.a], self._known[expr.b])
            case prim.Binary() if dtypes.is_int(expr.dtype) and dtypes.is_int(expr.a.dtype):
                bound = self._binary(expr, self._known[expr.a], self._known[expr.b])
                limits = everything(expr.dtype)
                # Index arithmetic never overflows in a valid program; smaller types wrap.
                wraps = not is_index(expr) and (
                    bound.min_value < limits.min_value or bound.max_value > limits.max_value
                )
                return limits if wraps else bound
            case _:
                return everything(expr.dtype)

    def _binary(self, expr: prim.Binary, a: ConstIntBound, b: ConstIntBound) -> ConstIntBound:
        match expr:
            case prim.Add():
                return ConstIntBound(_add(a.min_value, b.min_value), _add(a.max_value, b.max_value))
            case prim.Sub():
                return ConstIntBound(_add(a.min_value, -b.max_value), _add(a.max_value, -b.min_value))
            case prim.Mul():
                return _corners(a, b, _mul)
            case prim.Min():
                return ConstIntBound(min(a.min_value, b.min_value), min(a.max_value, b.max_value))
            case prim.Max():
                return ConstIntBound(max(a.min_value, b.min_value), max(a.max_value, b.max_value))
            case prim.FloorDiv():
                return _division(a, _nonzero(b), lambda x, y: _unlimited(x, y) or x // y)
            case prim.Div():
                return _division(a, _nonzero(b), lambda x, y: _unlimited(x, y) or quotient(x, y))
            case prim.FloorMod():
                return self._floor_mod(expr, a, _nonzero(b))
            case prim.TruncMod():
                return self._trunc_mod(expr, a, _nonzero(b))
            case _:
                return everything(expr.dtype)

    def _floor_mod(self, expr: prim.Binary, a: ConstIntBound, b: ConstIntBound) -> ConstIntBound:
        if b.min_value <= 0:
            limits = ConstIntBound(min(0, _add(b.min_value, 1)), max(0, _add(b.max_value, -1)))
            return _both(limits, everything(expr.dtype))
        last = _add(b.max_value, -1)
        if a.min_value < 0:
            bound = ConstIntBound(0, last)
        else:
            bound = a if a.max_value < b.min_value else ConstIntBound(0, min(a.max_value, last))
        if b.min_value != b.max_value:
            return bound
        known = self._analyzer.modular_set(expr.a)
        step = gcd(known.coeff, b.min_value)
        if step <= 1:
            return bound
        base = known.base % step
        return _both(bound, ConstIntBound(base, b.min_value - step + base))

    def _trunc_mod(self, expr: prim.Binary, a: ConstIntBound, b: ConstIntBound) -> ConstIntBound:
        if b.min_value <= 0:
            return everything(expr.dtype)
        last = _add(b.max_value, -1)
        if a.min_value >= 0:
            return a if a.max_value < b.min_value else ConstIntBound(0, min(a.max_value, last))
        return ConstIntBound(max(a.min_value, -last), min(max(a.max_value, 0), last))


def everything(dtype: str) -> ConstIntBound:
    """What a value of this element type can be; 64 bits count as no limit."""
    if dtype == "bool":
        return ConstIntBound(0, 1)
    if not dtypes.is_int(dtype):
        return _UNLIMITED
    bits = dtypes.bits(dtype)
    if dtypes.is_unsigned_int(dtype):
        return ConstIntBound(0, POS_INF if bits >= 63 else (1 << bits) - 1)
    return _UNLIMITED if bits >= 64 else ConstIntBound(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def _operands(expr: PrimExpr) -> list[PrimExpr]:
    if isinstance(expr, prim.Binary):
        return [expr.a, expr.b] if dtypes.is_int(expr.a.dtype) else []
    if isinstance(expr, prim.Cast):
        return [expr.value]
    return [expr.a, expr.b] if isinstance(expr, prim.Select) else []


def _nonzero(b: ConstIntBound) -> ConstIntBound:
    # A valid program never divides by zero, so that a divisor that is not negative is positive.
    return ConstIntBound(1, max(b.max_value, 1)) if b.min_value == 0 else b


def _add(x: int, y: int) -> int:
    for value in (x, y):
        if abs(value) == POS_INF:
            return value
    return _limited(x + y)


def _mul(x: int, y: int) -> int:
    return _limited(x * y)


def _limited(value: int) -> int:
    return max(NEG_INF, min(POS_INF, value))


def _unlimited(x: int, y: int) -> int:
    if abs(x) == POS_INF:
        return x if y > 0 else -x
    return 0


def _corners(a: ConstIntBound, b: ConstIntBound, operation: Callable[[int, int], int]) -> ConstIntBound:
    values = [operation(x, y) for x in a for y in b]
    return ConstIntBound(min(values), max(values))


def _division(a: ConstIntBound, b: ConstIntBound, operation: Callable[[int, int], int]) -> ConstIntBound:
    if b.min_value > 0 or b.max_value < 0:
        return _corners(a, b, operation)
    # Divisors on both sides of zero: the greatest quotients are those of the divisors next to it.
    parts = [ConstIntBound(b.min_value, -1)] if b.min_value < 0 else []
    if b.max_value > 0:
        parts.append(ConstIntBound(1, b.max_value))
    bounds = [_corners(a, part, operation) for part in parts]
    return ConstIntBound(min(bound.min_value for bound in bounds), max(bound.max_value for bound in bounds))


def _both(a: ConstIntBound, b: ConstIntBound) -> ConstIntBound:
    return ConstIntBound(max(a.min_value, b.min_value), min(a.max_value, b.max_value))


def _either(a: ConstIntBound, b: ConstIntBound) -> ConstIntBound:
    return ConstIntBound(min(a.min_value, b.min_value), max(a.max_value, b.max_value))
