"""The canonical simplifier: sums of scaled, divided and reduced terms, in which like terms are joined.

A term is ``((index % upper) // lower) * scale``; terms of one index stay together, so that ``x // 4 * 4 + x % 4`` finds
itself to be ``x``. As tvm.arith's canonical simplifier (0.19 to 0.27), but linear in the number of terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from tensor_core import prim
from tensor_core.arith.fold import folded_binary, is_index, made, quotient
from tensor_core.arith.keys import Keys
from tensor_core.arith.rewrite import Compared, Rewriter
from tensor_core.prim import IntImm, PrimExpr
from tensor_core.trampoline import Steps, run


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """``((index % upper) // lower) * scale``; ``upper`` 0 means no remainder. ``floor`` says how division rounds."""

    index: PrimExpr
    lower: int = 1
    upper: int = 0
    scale: int = 1
    floor: bool = False

    def suits(self, floor: bool) -> bool:
        """Whether the term can stand where division rounds this way."""
        return self.floor == floor or (self.lower == 1 and not self.upper)

    def normal(self, factor: int = 1) -> PrimExpr:
        """The term times ``factor`` as an expression."""
        dtype = self.index.dtype
        if self.scale == 0:
            return IntImm(0, dtype)
        result = self.index
        if self.upper:
            result = made(prim.FloorMod if self.floor else prim.TruncMod, result, IntImm(self.upper, dtype))
        if self.lower != 1:
            result = made(prim.FloorDiv if self.floor else prim.Div, result, IntImm(self.lower, dtype))
        scale = self.scale * factor
        return result if scale == 1 else made(prim.Mul, result, IntImm(scale, dtype))


class Sum:
    """Terms by their index, each group in descending order of ``lower``, and a number."""

    __slots__ = ("base", "dtype", "groups", "keys")

    def __init__(self, dtype: str, keys: Keys, base: int = 0) -> None:
        self.dtype = dtype
        self.keys = keys
        self.base = base
        self.groups: dict[int, list[Split]] = {}

    @property
    def terms(self) -> list[Split]:
        """All terms in order."""
        return [term for group in self.groups.values() for term in group]

    def add(self, term: Split, factor: int = 1) -> None:
        """Add a term times a factor, joined with its like."""
        if term.scale == 0:
            return
        group = self.groups.setdefault(self.keys.of(term.index), [])
        for place, other in enumerate(group):
            if term.lower > other.lower:
                group.insert(place, replace(term, scale=term.scale * factor))
                return
            if term.lower == other.lower and term.upper == other.upper and term.suits(other.floor):
                group[place] = replace(other, scale=other.scale + term.scale * factor)
                return
        group.append(replace(term, scale=term.scale * factor))

    def add_all(self, other: Sum, factor: int = 1) -> None:
        """Add another sum times a factor."""
        for term in other.terms:
            self.add(term, factor)
        self.base += other.base * factor

    def scaled(self, factor: int) -> Sum:
        """The sum times a factor."""
        result = Sum(self.dtype, self.keys, self.base * factor)
        result.groups = {
            key: [replace(term, scale=term.scale * factor) for term in group] for key, group in self.groups.items()
        }
        return result

    def separated(self, divisor: int) -> tuple[Sum, Sum]:
        """The part whose scales the divisor divides, already divided by it, and the rest."""
        whole, rest = Sum(self.dtype, self.keys), Sum(self.dtype, self.keys)
        (whole if self.base % divisor == 0 else rest).base = self.base
        for key, group in self.groups.items():
            for term in group:
                side = whole if term.scale % divisor == 0 else rest
                side.groups.setdefault(key, []).append(term)
        divided = Sum(self.dtype, self.keys, whole.base // divisor)
        divided.groups = {k: [replace(t, scale=t.scale // divisor) for t in g] for k, g in whole.groups.items()}
        return divided, rest

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing in the sum."""
        return self.base == 0 and not self.groups

    def normal(self) -> PrimExpr:
        """The sum as an expression: positive terms first, great scales before small ones."""
        if not self.groups:
            return IntImm(self.base, self.dtype)
        terms = [term for group in self.groups.values() for term in _joined(group)]
        terms.sort(key=lambda t: (-t.scale, -t.lower, -(t.upper or _NO_LIMIT), -t.floor))
        result: PrimExpr = IntImm(0, self.dtype)
        for term in terms:
            if term.scale > 0:
                result = made(prim.Add, result, term.normal())
        if self.base > 0:
            result = made(prim.Add, result, IntImm(self.base, self.dtype))
        for term in terms:
            if term.scale < 0:
                result = made(prim.Sub, result, term.normal(-1))
        if self.base < 0:
            result = made(prim.Sub, result, IntImm(-self.base, self.dtype))
        return result


_NO_LIMIT = 1 << 63


def _joined(group: list[Split]) -> list[Split]:
    """The terms of one index with ``x // (c * s) * s + x % (c * s) // c`` made ``x // c``."""
    terms = list(group)
    for i, left in enumerate(terms):
        for j in range(i + 1, len(terms)):
            left, right = terms[i], terms[j]
            if left.scale == 0 or (left.upper or _NO_LIMIT) < right.lower:
                break
            if left.upper == right.upper and left.lower == right.lower and left.suits(right.floor):
                terms[j] = replace(right, scale=right.scale + left.scale)
                terms[i] = replace(left, scale=0)
            elif (
                left.lower == right.upper
                and right.scale != 0
                and left.scale % right.scale == 0
                and left.lower == left.scale // right.scale * right.lower
                and left.suits(right.floor)
            ):
                terms[j] = replace(right, upper=left.upper)
                terms[i] = replace(left, scale=0)
                break
    return terms


Canonical = Sum | Split | PrimExpr
_ZERO_SPLIT = 0


class CanonicalSimplifier(Rewriter):
    """Simplifies by bringing sums and divisions to canonical form, everything else by the rewriter's rules."""

    def __init__(self, analyzer: Any) -> None:
        super().__init__(analyzer)
        self._keys = Keys()
        self._forms: list[dict[int, Canonical]] = [{} for _ in self._levels]

    def changed(self) -> None:
        """Forget results that were found under other knowledge."""
        super().changed()
        self._keys = Keys()
        for forms in self._forms:
            forms.clear()

    def _visited(self, expr: PrimExpr) -> PrimExpr:
        return run(self._visit(expr))

    def _visit(self, expr: PrimExpr) -> Steps[PrimExpr]:
        done = self._levels[self._repeats]
        found = done.get(expr)
        if found is None:
            found = done[expr] = _normal((yield self._mutate(expr)))
        return found

    def _mutate(self, expr: PrimExpr) -> Steps[Canonical]:
        """The canonical form, found once; sums are shared and not to be changed."""
        forms = self._forms[self._repeats]
        key = self._keys.of(expr)
        found = forms.get(key)
        if found is None:
            found = forms[key] = yield self._form(expr)
        return found

    def _form(self, expr: PrimExpr) -> Steps[Canonical]:
        match expr:
            case prim.Var():
                return self.node(expr)
            case prim.Add() | prim.Sub() if is_index(expr):
                return (yield self._sum(expr))
            case prim.Mul() if is_index(expr):
                return (yield self._product(expr))
            case prim.FloorDiv() | prim.Div() if is_index(expr):
                return (yield self._quotient(expr))
            case prim.FloorMod() | prim.TruncMod() if is_index(expr):
                return (yield self._remainder(expr))
            case prim.LT() if is_index(expr.a):
                return (yield self._less_than(expr))
            case _:
                return (yield self._by_rules(expr))

    def _by_rules(self, expr: PrimExpr) -> Steps[PrimExpr]:
        changes: dict[str, PrimExpr] = {}
        for name in expr.children if isinstance(expr, prim.Binary | prim.Not | prim.Cast | prim.Select) else ():
            part: PrimExpr = getattr(expr, name)
            new = yield self._visit(part)
            if new is not part:
                changes[name] = new
        return self.node(expr.replace(**changes) if changes else expr)

    # ------------------------------------------------------------ sums and products

    def _sum(self, expr: prim.Binary) -> Steps[Canonical]:
        """A chain of additions and subtractions, of any length."""
        chain: list[tuple[PrimExpr, int]] = []
        item: PrimExpr = expr
        while isinstance(item, prim.Add | prim.Sub):
            chain.append((item.b, 1 if isinstance(item, prim.Add) else -1))
            item = item.a
        total: Canonical = yield self._mutate(item)
        if isinstance(total, Sum):
            total = total.scaled(1)
        for item, sign in reversed(chain):
            value = yield self._mutate(item)
            total = self._added(total, value, sign)
        return total

    def _added(self, total: Canonical, value: Canonical, sign: int) -> Canonical:
        if isinstance(value, IntImm):
            if isinstance(total, PrimExpr):
                folded = folded_binary(prim.Add if sign > 0 else prim.Sub, total, value)
                if folded is not None:
                    return folded
            elif value.value == 0:
                return total
        elif sign > 0 and isinstance(total, IntImm) and total.value == 0:
            return value.scaled(1) if isinstance(value, Sum) else value
        result = total if isinstance(total, Sum) else self._single(total)
        if isinstance(value, IntImm):
            result.base += value.value * sign
        elif isinstance(value, Sum):
            result.add_all(value, sign)
        else:
            result.add(_split(value), sign)
        return result

    def _single(self, value: Split | PrimExpr) -> Sum:
        dtype = value.index.dtype if isinstance(value, Split) else value.dtype
        result = Sum(dtype, self._keys)
        if isinstance(value, IntImm):
            result.base = value.value
        else:
            split = _split(value)
            result.groups[self._keys.of(split.index)] = [split]
        return result

    def _product(self, expr: prim.Mul) -> Steps[Canonical]:
        a = yield self._mutate(expr.a)
        b = yield self._mutate(expr.b)
        if isinstance(a, PrimExpr) and isinstance(b, PrimExpr):
            folded = folded_binary(prim.Mul, a, b)
            if folded is not None:
                return folded
        if isinstance(a, IntImm):
            a, b = b, a
        if isinstance(b, IntImm):
            if isinstance(a, Sum):
                return a.scaled(b.value)
            split = _split(a)
            return replace(split, scale=split.scale * b.value)
        return _product(_normal(a), _normal(b), expr)

    # ------------------------------------------------------------ divisions

    def _operands(self, expr: prim.Binary) -> Steps[tuple[Canonical, Canonical, PrimExpr | None]]:
        a = yield self._mutate(expr.a)
        b = yield self._mutate(expr.b)
        folded = None
        if isinstance(b, PrimExpr) and (isinstance(a, PrimExpr) or isinstance(b, IntImm)):
            # What is no plain expression is not constant: 0 stands in for it nowhere.
            folded = folded_binary(type(expr), a if isinstance(a, PrimExpr) else expr, b)
            if folded is expr:
                folded = None
        return a, b, folded

    def _quotient(self, expr: prim.Binary) -> Steps[Canonical]:
        a, b, folded = yield self._operands(expr)
        if folded is not None:
            return folded
        floor = isinstance(expr, prim.FloorDiv)
        if isinstance(b, IntImm) and b.value > 0:
            if floor and isinstance(a, Split):
                inside = yield self._divided_inside(a, b.value)
                if inside is not None:
                    return inside
            return self._divided(a, b.value, floor)
        left, right = _normal(a), _normal(b)
        reduced = self._cancelled(left, right)
        if reduced is not None:
            return made(type(expr), reduced[0], reduced[1])
        return expr if left is expr.a and right is expr.b else expr.replace(a=left, b=right)

    def _divided(self, a: Canonical, divisor: int, floor: bool) -> Canonical:
        if divisor == 1:
            return a
        if isinstance(a, Sum):
            whole, rest = a.separated(divisor)
            if rest.is_zero:
                return whole
            if floor or (self._nonnegative(whole.normal()) and self._nonnegative(rest.normal())):
                temp = rest.normal()
                if isinstance(temp, IntImm):
                    whole.base += temp.value // divisor if floor else quotient(temp.value, divisor)
                elif self.compare_to(temp, divisor) is not Compared.LT or not self._nonnegative(temp):
                    whole.add(self._split_divided(_split(temp), divisor, floor))
                return whole
        else:
            bound = self.analyzer.const_int_bound(_normal(a))
            if bound.min_value >= 0 and bound.max_value < divisor:
                return IntImm(0, _normal(a).dtype)
        return self._split_divided(_split(a), divisor, floor)

    def _divided_inside(self, term: Split, divisor: int) -> Steps[PrimExpr | None]:
        """(x % (m * n)) // n as (x // n) % m where parts of x are divisible by n."""
        plain = term.lower == 1 and term.scale == 1 and term.suits(True)
        if divisor == 1 or not plain or not term.upper or term.upper % divisor:
            return None
        index = yield self._mutate(term.index)
        if not isinstance(index, Sum):
            return None
        whole, rest = index.separated(divisor)
        if whole.is_zero:
            return None
        temp = rest.normal()
        if isinstance(temp, IntImm):
            whole.base += temp.value // divisor
        elif self.compare_to(temp, divisor) is not Compared.LT or not self._nonnegative(temp):
            whole.add(self._split_divided(_split(temp), divisor, True))
        return (yield self._visit(made(prim.FloorMod, whole.normal(), IntImm(term.upper // divisor, whole.dtype))))

    def _split_divided(self, term: Split, divisor: int, floor: bool) -> Split:
        term = _rounding(term, floor)
        if term.scale % divisor == 0:
            return replace(term, scale=term.scale // divisor)
        if _divides(term, divisor):
            step = term.lower * (divisor // term.scale)
            if not term.upper or term.upper % step == 0:
                return replace(term, scale=1, lower=step)
            if term.upper <= step:
                return Split(IntImm(0, term.index.dtype))
            kind = prim.FloorMod if floor else prim.TruncMod
            index = made(kind, term.index, IntImm(term.upper, term.index.dtype))
            return replace(term, index=index, upper=0, scale=1, lower=step)
        return Split(term.normal(), lower=divisor, floor=floor)

    def _remainder(self, expr: prim.Binary) -> Steps[Canonical]:
        a, b, folded = yield self._operands(expr)
        if folded is not None:
            return folded
        floor = isinstance(expr, prim.FloorMod)
        if isinstance(b, IntImm) and b.value > 0:
            return self._reduced(a, b.value, floor, expr.dtype)
        left, right = _normal(a), _normal(b)
        reduced = self._cancelled(left, right)
        if reduced is not None:
            return made(prim.Mul, made(type(expr), reduced[0], reduced[1]), reduced[2])
        return expr if left is expr.a and right is expr.b else expr.replace(a=left, b=right)

    def _reduced(self, a: Canonical, divisor: int, floor: bool, dtype: str) -> Canonical:
        if not isinstance(a, Sum):
            bound = self.analyzer.const_int_bound(_normal(a))
            if bound.min_value >= 0 and bound.max_value < divisor:
                return a
            return self._split_reduced(_split(a), divisor, floor)
        whole, rest = a.separated(divisor)
        temp = rest.normal()
        if floor or (self._nonnegative(whole.normal()) and self._nonnegative(temp)):
            if isinstance(temp, IntImm):
                value = temp.value
                return IntImm(value % divisor if floor else value - quotient(value, divisor) * divisor, dtype)
            if self.compare_to(temp, divisor) is Compared.LT and self._nonnegative(temp):
                return temp
            a = rest
        base = a.base % divisor if floor else a.base - quotient(a.base, divisor) * divisor
        bound = self.analyzer.const_int_bound(a.normal())
        if floor or (bound.min_value >= 0 and bound.min_value - a.base + base >= 0):
            moved = a.scaled(1)
            moved.base = base
            return self._split_reduced(_split(moved), divisor, floor)
        return self._split_reduced(_split(a), divisor, floor)

    def _split_reduced(self, term: Split, divisor: int, floor: bool) -> Split:
        term = _rounding(term, floor)
        if term.scale % divisor == 0:
            return replace(term, scale=0)
        if _divides(term, divisor):
            upper = term.lower * (divisor // term.scale)
            if not term.upper:
                return replace(term, upper=upper)
            if term.upper % upper == 0:
                return self._less_reduced(term, upper, floor) if upper < term.upper else term
            if upper % term.upper == 0:
                return term
        return Split(term.normal(), upper=divisor, floor=floor)

    def _less_reduced(self, term: Split, upper: int, floor: bool) -> Split:
        """With a smaller remainder there may be more to simplify in the index."""
        kind = prim.FloorMod if floor else prim.TruncMod
        updated = _split(self.visit(made(kind, term.index, IntImm(upper, term.index.dtype))))
        if term.lower != 1:
            updated = self._split_divided(updated, term.lower, floor)
        return replace(updated, scale=updated.scale * term.scale)

    def _cancelled(self, a: PrimExpr, b: PrimExpr) -> tuple[PrimExpr, PrimExpr, PrimExpr] | None:
        """Factors that dividend and divisor share taken out of both, and those factors; None when there are none."""
        if isinstance(b, IntImm):
            return None
        left, left_scale = _factors(a)
        right, right_scale = _factors(b)
        shared: PrimExpr = IntImm(1, b.dtype)
        kept: PrimExpr = IntImm(1, b.dtype)
        left_keys: list[int | None] = [self._keys.of(item) for item in left]
        for item in right:
            key = self._keys.of(item)
            if key in left_keys:
                left_keys[left_keys.index(key)] = None
                shared = made(prim.Mul, shared, item)
            else:
                kept = made(prim.Mul, kept, item)
        factor = gcd(left_scale, right_scale)
        if None not in left_keys and factor == 1:
            return None
        over: PrimExpr = IntImm(1, a.dtype)
        for item, key in zip(left, left_keys, strict=True):
            if key is not None:
                over = made(prim.Mul, over, item)
        return (
            made(prim.Mul, over, IntImm(left_scale // factor, a.dtype)),
            made(prim.Mul, kept, IntImm(right_scale // factor, b.dtype)),
            made(prim.Mul, shared, IntImm(factor, b.dtype)),
        )

    # ------------------------------------------------------------ comparison

    def _less_than(self, expr: prim.LT) -> Steps[Canonical]:
        """x0 * s0 + ... + y < 0 without the y that is too small to matter."""
        form = yield self._mutate(made(prim.Sub, expr.a, expr.b))
        if not isinstance(form, Sum):
            return (yield self._by_rules(expr))
        scales = [abs(term.scale) for term in form.terms if abs(term.scale) > 1]
        divisor = gcd(form.base, *scales)
        if not scales or divisor <= 1:
            return (yield self._by_rules(expr))
        whole, rest = form.separated(divisor)
        extra = rest.normal()
        zero = IntImm(0, form.dtype)
        if self._proven(prim.LT(extra, IntImm(divisor, form.dtype))) and self._proven(prim.LE(zero, extra)):
            return self.node_of(made(prim.LT, whole.normal(), zero))
        if len(rest.terms) == 1 and rest.base == 0:
            term = rest.terms[0]
            if term.scale == 1 and term.upper and term.floor and term.upper % (divisor * term.lower) == 0:
                lower = divisor * term.lower
                index = made(prim.FloorDiv, term.index, IntImm(lower, form.dtype))
                reduced = made(prim.FloorMod, index, IntImm(term.upper // lower, form.dtype))
                return self.node_of(made(prim.LT, made(prim.Add, whole.normal(), reduced), zero))
        return (yield self._by_rules(expr))

    def node_of(self, expr: PrimExpr) -> PrimExpr:
        """An expression over fresh operands, simplified."""
        return run(self._by_rules(expr)) if isinstance(expr, prim.LT) else expr

    def _proven(self, expr: PrimExpr) -> bool:
        return self.analyzer.can_prove(expr)

    def _nonnegative(self, expr: PrimExpr) -> bool:
        return self.analyzer.can_prove_greater_equal(expr, 0)


def _normal(value: Canonical) -> PrimExpr:
    return value if isinstance(value, PrimExpr) else value.normal()


def _split(value: Canonical) -> Split:
    if isinstance(value, Split):
        return value
    if isinstance(value, Sum):
        if value.base == 0 and len(value.groups) == 1:
            (group,) = value.groups.values()
            if len(group) == 1:
                return group[0]
        return Split(value.normal())
    return Split(value)


def _divides(term: Split, divisor: int) -> bool:
    """Whether the scale may go into the divisor; a negative one may only where no division came before."""
    return (term.scale > 0 or (term.scale < 0 and term.lower == 1)) and divisor % term.scale == 0


def _rounding(term: Split, floor: bool) -> Split:
    """The term with divisions that round this way."""
    if term.floor == floor:
        return term
    return replace(term, floor=floor) if term.suits(floor) else Split(term.normal(), floor=floor)


def _factors(expr: PrimExpr) -> tuple[list[PrimExpr], int]:
    """The factors of a product that are no constants, left to right, and the product of those that are."""
    factors: list[PrimExpr] = []
    scale = 1
    stack = [expr]
    while stack:
        item = stack.pop()
        if isinstance(item, prim.Mul):
            stack.append(item.b)
            stack.append(item.a)
        elif isinstance(item, IntImm):
            scale *= item.value
        else:
            factors.append(item)
    return factors, scale


def _product(a: PrimExpr, b: PrimExpr, like: prim.Mul) -> PrimExpr:
    """The product as ((x * y) * z) * c."""
    (left, first), (right, second) = _factors(a), _factors(b)
    result: PrimExpr = IntImm(1, like.dtype)
    for item in (*left, *right):
        result = made(prim.Mul, result, item)
    scale = first * second
    if scale != 1:
        result = made(prim.Mul, result, IntImm(scale, like.dtype))
    same_operands = isinstance(result, prim.Mul) and result.a is like.a and result.b is like.b
    return like if same_operands else result
