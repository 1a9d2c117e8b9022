"""Remainders of integer expressions: every value is coeff * k + base (tvm.arith.ModularSet in TVM 0.19 to 0.27)."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from tensor_core import dtypes, prim
from tensor_core.arith.bounds import POS_INF
from tensor_core.arith.fold import is_index
from tensor_core.node import post_order
from tensor_core.prim import IntImm, PrimExpr, Var

if TYPE_CHECKING:
    from tensor_core.arith.analyzer import Analyzer


class ModularSet(NamedTuple):
    """Values coeff * k + base for any integer k; coeff 0 means the constant base."""

    coeff: int
    base: int


EVERYTHING = ModularSet(1, 0)


class Modular:
    """Remainders of expressions from those of their variables."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.variables: dict[Var, ModularSet] = {}
        self._known: dict[PrimExpr, ModularSet] = {}

    def changed(self) -> None:
        """Forget what was computed under other knowledge of variables."""
        self._known.clear()

    def of(self, expr: PrimExpr) -> ModularSet:
        """The remainders of an expression."""
        known = self._known
        found = known.get(expr)
        if found is None:
            for node in post_order([expr], lambda e: [c for c in _operands(e) if c not in known]):
                if node not in known:
                    known[node] = self._compute(node)
            found = known[expr]
        # Beyond 64 bits TVM knows nothing.
        return found if abs(found.coeff) <= POS_INF and abs(found.base) <= POS_INF else EVERYTHING

    def constrain(self, var: Var, other: ModularSet) -> None:
        """Take what is known of a variable together with something else that holds."""
        self.variables[var] = intersection(self.variables.get(var, EVERYTHING), other)
        self.changed()

    def _compute(self, expr: PrimExpr) -> ModularSet:
        known = self._known
        match expr:
            case IntImm():
                return ModularSet(0, expr.value)
            case Var():
                return self.variables.get(expr, EVERYTHING)
            case prim.Cast() if dtypes.is_int(expr.value.dtype) and is_index(expr):
                return known[expr.value]
            case prim.Select():
                return _union(known[expr.a], known[expr.b])
            case prim.Add() | prim.Sub() if is_index(expr):
                a, b = known[expr.a], known[expr.b]
                sign = 1 if isinstance(expr, prim.Add) else -1
                return modular(gcd(a.coeff, b.coeff), a.base + sign * b.base)
            case prim.Mul() if is_index(expr):
                a, b = known[expr.a], known[expr.b]
                coeff = gcd(a.coeff * b.coeff, gcd(a.coeff * b.base, a.base * b.coeff))
                return modular(coeff, a.base * b.base)
            case prim.Min() | prim.Max() if is_index(expr):
                return _union(known[expr.a], known[expr.b])
            case prim.FloorDiv() | prim.Div() if is_index(expr):
                return self._quotient(expr, known[expr.a], known[expr.b])
            case prim.FloorMod() | prim.TruncMod() if is_index(expr):
                return self._remainder(expr, known[expr.a], known[expr.b])
            case _:
                return EVERYTHING

    def _rounds_down(self, expr: prim.Binary) -> bool:
        return isinstance(expr, prim.FloorDiv | prim.FloorMod) or self._analyzer.can_prove_greater_equal(expr.a, 0)

    def _quotient(self, expr: prim.Binary, a: ModularSet, b: ModularSet) -> ModularSet:
        if b.coeff or not b.base or a.coeff % b.base:
            return EVERYTHING
        if not a.base:
            return modular(abs(a.coeff // b.base), 0)
        if a.base > 0 and b.base > 0 and self._rounds_down(expr):
            return modular(a.coeff // b.base, a.base // b.base)
        return EVERYTHING

    def _remainder(self, expr: prim.Binary, a: ModularSet, b: ModularSet) -> ModularSet:
        if b.coeff or not b.base:
            return EVERYTHING
        coeff = gcd(a.coeff, b.base)
        if a.base % coeff == 0 or (a.base > 0 and self._rounds_down(expr)):
            return modular(coeff, a.base % coeff)
        return EVERYTHING


def modular(coeff: int, base: int) -> ModularSet:
    """The set with coeff >= 0 and, unless it is a constant, 0 <= base < coeff."""
    coeff = abs(coeff)
    return ModularSet(coeff, base % coeff if coeff else base)


def _operands(expr: PrimExpr) -> list[PrimExpr]:
    if isinstance(expr, prim.Binary):
        return [expr.a, expr.b]
    if isinstance(expr, prim.Cast):
        return [expr.value]
    return [expr.a, expr.b] if isinstance(expr, prim.Select) else []


def _union(a: ModularSet, b: ModularSet) -> ModularSet:
    coeff = gcd(a.coeff, b.coeff)
    if coeff == 0:
        return a if a.base == b.base else EVERYTHING
    first, second = a.base % coeff, b.base % coeff
    return modular(coeff if first == second else gcd(gcd(first, second), coeff), first)


def intersection(a: ModularSet, b: ModularSet) -> ModularSet:
    """The values that are in both sets; the empty set is given as a constant, as TVM does."""
    if a.coeff == 0 or b.coeff == 0:
        return a if a.coeff == 0 else b
    shared, x, _ = _euclid(a.coeff, b.coeff)
    difference = b.base - a.base
    if difference % shared:
        return ModularSet(0, 1)
    return modular(a.coeff // shared * b.coeff, difference // shared * x * a.coeff + a.base)


def _euclid(a: int, b: int) -> tuple[int, int, int]:
    """(g, x, y) with g = gcd(a, b) = a * x + b * y."""
    before, now = (a, 1, 0), (b, 0, 1)
    while now[0]:
        factor = before[0] // now[0]
        before, now = now, (before[0] - factor * now[0], before[1] - factor * now[1], before[2] - factor * now[2])
    return before
