"""The rewriting simplifier: rules applied bottom-up until none applies, with proofs by bounds and remainders."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING

from tensor_core import prim
from tensor_core.arith import rules_compare, rules_division, rules_extremum, rules_sum
from tensor_core.arith.fold import folded_binary, is_index, made, quotient, same
from tensor_core.arith.pattern import Names, Rule, first, match
from tensor_core.node import post_order
from tensor_core.prim import IntImm, PrimExpr
from tensor_core.recursion import on_new_stack

if TYPE_CHECKING:
    from tensor_core.arith.analyzer import Analyzer

_PER_STACK = 60
_MOST_REPEATS = 5
"""How deep simplification of a rule's result nests, as in TVM."""


class Compared(enum.Flag):
    """What is known of a comparison: which of less, equal and greater can be."""

    LT = enum.auto()
    EQ = enum.auto()
    GT = enum.auto()
    LE = LT | EQ
    GE = GT | EQ
    NE = LT | GT
    UNKNOWN = LT | EQ | GT


class Rewriter:
    """Simplifies expressions by rules; ``literals`` are conditions that hold where it is used."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer
        self.literals: list[PrimExpr] = []
        # What was simplified, by how deep the results of rules were nested then: rules stop at a depth.
        self._levels: list[dict[PrimExpr, PrimExpr]] = [{} for _ in range(_MOST_REPEATS + 1)]
        self._repeats = 0
        self._nested = 0

    def changed(self) -> None:
        """Forget results that were found under other knowledge."""
        for done in self._levels:
            done.clear()

    # ------------------------------------------------------------ walking

    def visit(self, expr: PrimExpr) -> PrimExpr:
        """The simplified expression. Iterative over its depth."""
        found = self._levels[self._repeats].get(expr)
        return self._guarded(expr) if found is None else found

    def _guarded(self, expr: PrimExpr) -> PrimExpr:
        # Proofs inside of proofs nest as deep as divisions do; before a stack is full they go on in a new one.
        self._nested += 1
        try:
            return self._visited(expr) if self._nested % _PER_STACK else on_new_stack(lambda: self._visited(expr))
        finally:
            self._nested -= 1

    def _visited(self, expr: PrimExpr) -> PrimExpr:
        done = self._levels[self._repeats]
        found = done.get(expr)
        if found is None:
            for item in post_order([expr], lambda e: [c for c in _parts(e) if c not in done]):
                if item not in done:
                    done[item] = self.node(_over(item, [done[part] for part in _parts(item)]))
            found = done[expr]
        return found

    def again(self, expr: PrimExpr) -> PrimExpr:
        """Simplify the result of a rule, unless this nests too deep."""
        if self._repeats >= _MOST_REPEATS:
            return expr
        self._repeats += 1
        try:
            return self.visit(expr)
        finally:
            self._repeats -= 1

    def node(self, expr: PrimExpr) -> PrimExpr:
        """Simplify one operation whose operands are simple."""
        match expr:
            case prim.Compare():
                return self._logical(expr)
            case prim.Not():
                return self._not(expr)
            case prim.Binary():
                folded = folded_binary(type(expr), expr.a, expr.b)
                if folded is not None:
                    return folded
                return self._arithmetic(expr) if is_index(expr) else expr
            case prim.Select():
                if isinstance(expr.condition, IntImm):
                    return expr.a if expr.condition.value else expr.b
                return expr.a if same(expr.a, expr.b) else expr
            case prim.Cast():
                return _cast(expr)
            case prim.Var():
                return self.analyzer.bindings.get(expr, expr)
            case _:
                return expr

    def _rules(self, rules: Sequence[Rule], expr: PrimExpr) -> PrimExpr | None:
        found = first(rules, expr, self)
        if found is None:
            return None
        result, again = found
        return self.again(result) if again else result

    def _arithmetic(self, expr: prim.Binary) -> PrimExpr:
        match expr:
            case prim.Add():
                return self._rules(rules_sum.ADD, expr) or expr
            case prim.Sub():
                return self._rules(rules_sum.SUB, expr) or expr
            case prim.Mul():
                return self._rules(rules_sum.MUL, expr) or expr
            case prim.FloorDiv():
                found = self._rules(rules_division.FLOOR_DIV_FIRST, expr) or self._residue(expr)
                return found or self._rules(rules_division.FLOOR_DIV, expr) or expr
            case prim.FloorMod():
                return self._rules(rules_division.FLOOR_MOD, expr) or self._floor_mod(expr)
            case prim.Div():
                return self._rules(rules_division.TRUNC_DIV, expr) or expr
            case prim.TruncMod():
                return self._rules(rules_division.TRUNC_MOD, expr) or expr
            case prim.Min() | prim.Max():
                return self._extremum(expr)
            case _:
                return expr

    # ------------------------------------------------------------ division

    def _residue(self, expr: prim.FloorDiv) -> PrimExpr | None:
        """(x * c1 + y) // c2 where the part that does not divide has one quotient, or makes no difference."""
        names: Names = {}
        for pattern in _RESIDUES:
            names = {}
            if pattern(expr, names):
                break
        else:
            return None
        c1, c2, x = names["c1"], names["c2"], names["x"]
        if c2 == 0:
            return None
        rest: PrimExpr = names.get("y") or IntImm(0, expr.dtype)
        number = _Numbers(expr.dtype)
        residue = made(
            prim.FloorDiv,
            made(prim.Add, made(prim.Mul, x, number(c1 % c2)), made(prim.FloorMod, rest, number(c2))),
            number(c2),
        )
        whole: PrimExpr = made(prim.FloorDiv, rest, number(c2))
        if self.are_equal(whole, number(0)):
            whole = number(0)
        bound = self.analyzer.const_int_bound(residue)
        if bound.min_value == bound.max_value:
            added = made(prim.Add, whole, number(bound.max_value))
            return made(prim.Add, made(prim.Mul, x, number(c1 // c2)), added)
        if c1 > 0 and c2 > 0 and c2 % c1 == 0 and self.less(made(prim.FloorMod, rest, number(c2)), c1):
            return made(prim.Add, made(prim.FloorDiv, x, number(c2 // c1)), whole)
        return None

    def _floor_mod(self, expr: prim.FloorMod) -> PrimExpr:
        if not isinstance(expr.b, IntImm) or expr.b.value <= 0:
            return expr
        known = self.analyzer.modular_set(expr.a)
        if known.coeff % expr.b.value == 0:
            return IntImm(known.base % expr.b.value, expr.dtype)
        bound = self.analyzer.const_int_bound(expr.a)
        return expr.a if bound.min_value >= 0 and bound.max_value < expr.b.value else expr

    # ------------------------------------------------------------ minimum and maximum

    def _extremum(self, expr: prim.Binary) -> PrimExpr:
        least = isinstance(expr, prim.Min)
        if same(expr.a, expr.b):
            return expr.a
        low, high = (expr.a, expr.b) if least else (expr.b, expr.a)
        a, b = self.analyzer.const_int_bound(low), self.analyzer.const_int_bound(high)
        if least:
            if a.max_value <= b.min_value:
                return expr.a
            if b.max_value <= a.min_value:
                return expr.b
        else:
            if b.min_value >= a.max_value:
                return expr.b if low is expr.b and a.min_value >= b.max_value else expr.a
            if a.min_value >= b.max_value:
                return expr.b
        found = _constant_choice(expr, least)
        rules, last = (
            (rules_extremum.MIN, rules_extremum.MIN_LAST) if least else (rules_extremum.MAX, rules_extremum.MAX_LAST)
        )
        return found or self._rules(rules, expr) or _scaled_choice(expr, least) or self._rules(last, expr) or expr

    # ------------------------------------------------------------ comparisons

    def _logical(self, expr: prim.Compare) -> PrimExpr:
        folded = folded_binary(type(expr), expr.a, expr.b)
        if folded is not None:
            return folded
        known = self._literal(expr)
        if known is not None:
            return known
        match expr:
            case prim.EQ():
                return self._equal(expr)
            case prim.NE():
                return self._not_equal(expr)
            case prim.LT():
                return self._less(expr)
            case prim.LE():
                return self._less_equal(expr)
            case prim.And():
                return self._rules(rules_compare.AND, expr) or expr
            case prim.Or():
                return self._rules(rules_compare.OR, expr) or expr
            case _:
                return expr

    def _literal(self, expr: PrimExpr) -> PrimExpr | None:
        """What conditions that hold here say of an expression."""
        if not self.literals:
            return None
        negated = negation(expr)
        for literal in self.literals:
            if same(literal, expr):
                return IntImm(1, "bool")
            if same(literal, negated):
                return IntImm(0, "bool")
        return None

    def _equal(self, expr: PrimExpr) -> PrimExpr:
        if not isinstance(expr, prim.EQ):
            return expr
        if is_index(expr.a):
            result = self.compare(expr.a, expr.b)
            if result is Compared.EQ:
                return IntImm(1, "bool")
            if not result & Compared.EQ:
                return IntImm(0, "bool")
            return self._rules(rules_compare.EQ, expr) or expr
        return IntImm(1, "bool") if same(expr.a, expr.b) else expr

    def _not_equal(self, expr: prim.NE) -> PrimExpr:
        if is_index(expr.a):
            result = self.compare(expr.a, expr.b)
            if not result & Compared.EQ:
                return IntImm(1, "bool")
            if result is Compared.EQ:
                return IntImm(0, "bool")
            if result is Compared.GE:
                return self._less(prim.LT(expr.b, expr.a))
            if result is Compared.LE:
                return self._less(prim.LT(expr.a, expr.b))
        return self._not_rules(prim.Not(self._equal(prim.EQ(expr.a, expr.b))))

    def _less_equal(self, expr: prim.LE) -> PrimExpr:
        result = self._not_rules(prim.Not(self._less(prim.LT(expr.b, expr.a))))
        if not isinstance(result, prim.LE) or not is_index(result.a):
            return result
        order = self.compare(result.a, result.b)
        if not order & Compared.GT:
            return IntImm(1, "bool")
        if order is Compared.GT:
            return IntImm(0, "bool")
        if order is Compared.NE:
            return self._less(prim.LT(result.a, result.b))
        return self._equal(prim.EQ(result.a, result.b)) if order is Compared.GE else result

    def _less(self, expr: PrimExpr) -> PrimExpr:
        if not isinstance(expr, prim.LT) or not is_index(expr.a):
            return expr
        result = self.compare(expr.a, expr.b)
        if result is Compared.LT:
            return IntImm(1, "bool")
        if not result & Compared.LT:
            return IntImm(0, "bool")
        found = self._rules(rules_compare.LT, expr)
        return found or self._merged_constants(expr) or self._common_factor(expr) or expr

    def _merged_constants(self, expr: prim.LT) -> PrimExpr | None:
        (a, below), (b, above) = _offset(expr.a), _offset(expr.b)
        if below == above == 0:
            return None
        gap = above - below
        number = _Numbers(expr.a.dtype)
        if gap == 0:
            return self.again(made(prim.LT, a, b))
        if gap == 1:
            return self.again(made(prim.LE, a, b))
        if gap < 0 and above != 0:
            return self.again(made(prim.LT, made(prim.Add, a, number(-gap)), b))
        if gap > 0 and below != 0:
            return self.again(made(prim.LT, a, made(prim.Add, b, number(gap))))
        return None

    def _common_factor(self, expr: prim.LT) -> PrimExpr | None:
        factor = gcd(*self.analyzer.modular_set(expr.a), *self.analyzer.modular_set(expr.b))
        if factor <= 1:
            return None
        number = IntImm(factor, expr.a.dtype)
        return self.again(made(prim.LT, made(prim.FloorDiv, expr.a, number), made(prim.FloorDiv, expr.b, number)))

    def _not(self, expr: prim.Not) -> PrimExpr:
        if isinstance(expr.a, IntImm):
            return IntImm(int(not expr.a.value), "bool")
        return self._literal(expr) or self._not_rules(expr)

    def _not_rules(self, expr: prim.Not) -> PrimExpr:
        if isinstance(expr.a, IntImm):
            return IntImm(int(not expr.a.value), "bool")
        return self._rules(rules_compare.NOT, expr) or expr

    # ------------------------------------------------------------ proofs

    def compare(self, a: PrimExpr, b: PrimExpr) -> Compared:
        """What bounds and remainders of ``a - b`` say about the two."""
        return self.compare_to(made(prim.Sub, a, b), 0)

    def compare_to(self, expr: PrimExpr, value: int) -> Compared:
        """What bounds and remainders say about an expression beside a number."""
        difference = self.visit(expr)
        if isinstance(difference, IntImm):
            known = difference.value
            return Compared.EQ if known == value else Compared.GT if known > value else Compared.LT
        bound = self.analyzer.const_int_bound(difference)
        result = Compared.UNKNOWN
        if bound.min_value >= value:
            result &= Compared.GE if bound.min_value == value else Compared.GT
        if bound.max_value <= value:
            result &= Compared.LE if bound.max_value == value else Compared.LT
        if result is Compared.UNKNOWN and value == 0 and self.analyzer.modular_set(difference).base:
            return Compared.NE
        return result

    def at_least(self, expr: PrimExpr, value: int) -> bool:
        """Whether ``expr >= value`` follows from bounds."""
        return self.analyzer.can_prove_greater_equal(expr, value)

    def less(self, expr: PrimExpr, value: int) -> bool:
        """Whether ``expr < value`` follows from bounds."""
        return self.analyzer.can_prove_less(expr, value)

    def are_equal(self, a: PrimExpr, b: PrimExpr) -> bool:
        """Whether two expressions are the same number."""
        return self.compare_to(made(prim.Sub, a, b), 0) is Compared.EQ

    def are_opposite(self, a: PrimExpr, b: PrimExpr) -> bool:
        """Whether two expressions differ by their sign only."""
        return self.compare_to(made(prim.Add, a, b), 0) is Compared.EQ

    def is_quotient_zero(self, expr: PrimExpr, divisor: int) -> bool:
        """Whether ``expr // divisor`` is 0."""
        return self.compare_to(made(prim.FloorDiv, expr, IntImm(divisor, expr.dtype)), 0) is Compared.EQ

    def is_multiple(self, expr: PrimExpr, divisor: PrimExpr) -> bool:
        """Whether ``expr % divisor`` is 0."""
        return self.compare_to(made(prim.FloorMod, expr, divisor), 0) is Compared.EQ


_RESIDUES = tuple(map(match, ("(x * c1 + y) // c2", "x * c1 // c2", "(y + x * c1) // c2")))


class _Numbers:
    """Constants of one element type."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype

    def __call__(self, value: int) -> IntImm:
        return IntImm(value, self._dtype)


def negation(expr: PrimExpr) -> PrimExpr:
    """The opposite of a condition, said without ``not`` where that can be."""
    match expr:
        case prim.Not():
            return expr.a
        case prim.LT():
            return prim.LE(expr.b, expr.a)
        case prim.LE():
            return prim.LT(expr.b, expr.a)
        case prim.EQ():
            return prim.NE(expr.a, expr.b)
        case prim.NE():
            return prim.EQ(expr.a, expr.b)
        case prim.And():
            return prim.Or(negation(expr.a), negation(expr.b))
        case prim.Or():
            return prim.And(negation(expr.a), negation(expr.b))
        case _:
            return prim.Not(expr)


def _parts(expr: PrimExpr) -> tuple[PrimExpr, ...]:
    match expr:
        case prim.Binary():
            return (expr.a, expr.b)
        case prim.Not():
            return (expr.a,)
        case prim.Cast():
            return (expr.value,)
        case prim.Select():
            return (expr.condition, expr.a, expr.b)
        case _:
            return ()


def _over(expr: PrimExpr, parts: list[PrimExpr]) -> PrimExpr:
    """The same operation on other operands."""
    if all(a is b for a, b in zip(_parts(expr), parts, strict=True)):
        return expr
    match expr:
        case prim.Binary():
            return expr.replace(a=parts[0], b=parts[1])
        case prim.Cast():
            return expr.replace(value=parts[0])
        case prim.Select():
            return expr.replace(condition=parts[0], a=parts[1], b=parts[2])
        case _:
            return expr.replace(a=parts[0])


def _cast(expr: prim.Cast) -> PrimExpr:
    if expr.dtype == expr.value.dtype:
        return expr.value
    if isinstance(expr.value, IntImm) and is_index(expr) and is_index(expr.value):
        value = expr.value.value
        if expr.dtype == "int64" or -(1 << 31) <= value < 1 << 31:
            return IntImm(value, expr.dtype)
    return expr


def _offset(expr: PrimExpr) -> tuple[PrimExpr, int]:
    """An expression without the constant at its end, and that constant."""
    if isinstance(expr, prim.Add) and isinstance(expr.b, IntImm):
        return expr.a, expr.b.value
    if isinstance(expr, prim.Add) and isinstance(expr.a, IntImm):
        return expr.b, expr.a.value
    if isinstance(expr, prim.Sub) and isinstance(expr.b, IntImm):
        return expr.a, -expr.b.value
    return expr, 0


_APART = match("min(x + c1, x + c2)"), match("max(x + c1, x + c2)")
_ONE_MOVED = (
    (match("min(x + c1, x)"), match("min(x, x + c1)")),
    (match("max(x + c1, x)"), match("max(x, x + c1)")),
)
_FROM_CONSTANTS = match("min(c1 - x, c2 - x)"), match("max(c1 - x, c2 - x)")


def _constant_choice(expr: prim.Binary, least: bool) -> PrimExpr | None:
    """The operand that is smaller (greater) by a constant."""
    side = 0 if least else 1
    number = _Numbers(expr.dtype)
    names: Names = {}
    if _APART[side](expr, names):
        return made(prim.Add, names["x"], number((min if least else max)(names["c1"], names["c2"])))
    for pattern in _ONE_MOVED[side]:
        names = {}
        if pattern(expr, names):
            moved = names["c1"] < 0 if least else names["c1"] > 0
            return made(prim.Add, names["x"], number(names["c1"])) if moved else names["x"]
    names = {}
    if _FROM_CONSTANTS[side](expr, names):
        return made(prim.Sub, number((min if least else max)(names["c1"], names["c2"])), names["x"])
    return None


_QUOTIENTS = match("min(x // c1, y // c1)"), match("max(x // c1, y // c1)")
_PRODUCTS = match("min(x * c1, y * c1)"), match("max(x * c1, y * c1)")
_PRODUCT_CONSTANT = match("min(x * c1, c2)"), match("max(x * c1, c2)")


def _scaled_choice(expr: prim.Binary, least: bool) -> PrimExpr | None:
    """A common divisor or factor drawn out; a negative one turns the choice around."""
    side = 0 if least else 1
    number = _Numbers(expr.dtype)
    names: Names = {}
    for patterns, kind in ((_QUOTIENTS, prim.FloorDiv), (_PRODUCTS, prim.Mul)):
        names = {}
        if patterns[side](expr, names):
            chosen = prim.Min if least == (names["c1"] > 0) else prim.Max
            return made(kind, made(chosen, names["x"], names["y"]), number(names["c1"]))
    names = {}
    if not _PRODUCT_CONSTANT[side](expr, names):
        return None
    factor, other = names["c1"], names["c2"]
    if factor == 0:
        return number((min if least else max)(other, 0))
    if other % factor:
        return None
    chosen = prim.Min if least == (factor > 0) else prim.Max
    return made(prim.Mul, made(chosen, names["x"], number(quotient(other, factor))), number(factor))
