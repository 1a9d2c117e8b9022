"""Index expressions as polynomials: what is linear in which loop variable, and between which bounds.

Atoms are shared within one :class:`Indices`, so that equal polynomials compare equal as dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd, inf
from typing import cast

from tensor_core import dtypes, prim
from tensor_core.loops.polynomials import (
    ZERO,
    Atom,
    Bound,
    Monomial,
    Poly,
    atoms_of,
    coefficient,
    constant_of,
    frozen,
    heads,
    number,
    plus,
    single,
    split_by,
    times,
)  # fmt: skip
from tensor_core.loops.rewrite import operands
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim


class Indices:
    """The atoms of one kernel, and the translation of expressions into polynomials over them.

    Without ``wraps`` it is taken for granted that integers stay inside their type.
    """

    def __init__(self, wraps: bool = True) -> None:
        self._wraps = wraps
        self._atoms: dict[object, Atom] = {}
        self._polys: dict[PrimExpr, Poly] = {}
        self._is_symbolic = False
        """Whether a variable's range ends at an expression."""

    # ------------------------------------------------------------ atoms

    def variable(self, var: Var, extent: Dim | None = None) -> Atom:
        """The atom of a variable; ``extent`` states its range ``0 <= var < extent``, else it is a size, at least 0."""
        atom = self._atoms.get(var)
        if atom is None:
            high: Bound = inf
            last: Poly | None = None
            if isinstance(extent, int):
                high = max(extent - 1, 0)
            elif extent is not None:
                last = plus(self.poly(extent), number(-1))
                self._is_symbolic = True
            atom = self._atoms[var] = Atom(len(self._atoms), "var", 0, high, var, last=last)
        return atom

    def fix(self, var: Var, value: int) -> None:
        """Declare a variable that has one value only."""
        self._polys[var] = number(value)

    def fresh(self, low: Bound = -inf, high: Bound = inf) -> Atom:
        """A new atom that stands for no expression."""
        serial = len(self._atoms)
        atom = self._atoms["fresh", serial] = Atom(serial, "fresh", low, high)
        return atom

    def _make(self, kind: str, args: tuple[Poly, ...], low: Bound, high: Bound) -> Poly:
        key = (kind, *map(frozen, args))
        atom = self._atoms.get(key)
        if atom is None:
            inside = frozenset[Atom]().union(*map(atoms_of, args))
            atom = self._atoms[key] = Atom(len(self._atoms), kind, low, high, args=args, atoms=inside)
        return {(atom,): 1}

    def _opaque(self, expr: PrimExpr) -> Poly:
        atom = self._atoms.get(expr)
        if atom is None:
            low, high = _dtype_range(expr.dtype)
            inside = frozenset(self._atoms[v] for v in _variables(expr) if v in self._atoms)
            atom = self._atoms[expr] = Atom(len(self._atoms), "opaque", low, high, expr, atoms=inside)
        return {(atom,): 1}

    # ------------------------------------------------------------ bounds

    def bounds(self, poly: Poly) -> tuple[Bound, Bound]:
        """The least interval this algebra can give; infinities where it knows nothing."""
        low: Bound = 0
        high: Bound = 0
        for monomial, factor in poly.items():
            least: Bound = factor
            most: Bound = factor
            if len(monomial) == 1 and monomial[0].low == 0:
                # The index of a loop, nearly always.
                end = _mul(factor, monomial[0].high)
                low, high = (low, high + end) if factor > 0 else (low + end, high)
                continue
            for atom in monomial:
                a, b = _mul(least, atom.low), _mul(least, atom.high)
                c, d = (a, b) if least == most else (_mul(most, atom.low), _mul(most, atom.high))
                least, most = min(a, b, c, d), max(a, b, c, d)
            low += least
            high += most
        return low, high

    def is_nonnegative(self, poly: Poly, facts: Iterable[Poly] = ()) -> bool:
        """Whether ``poly >= 0`` follows from the ranges of its atoms, and from ``facts``, each of which is >= 0."""
        if self.bounds(self._least(poly))[0] >= 0:
            return True
        return any(self.bounds(self._least(plus(poly, fact, -1)))[0] >= 0 for fact in facts)

    def _least(self, poly: Poly) -> Poly:
        """A polynomial that is nowhere greater, with variables of symbolic range replaced by their end of it."""
        if not self._is_symbolic:
            return poly
        for atom in sorted((atom for atom in atoms_of(poly) if atom.last is not None), reverse=True):
            assert atom.last is not None
            split = coefficient(poly, atom)
            if split is None:
                continue
            factor, rest = split
            if self.bounds(factor)[1] <= 0:
                poly = plus(rest, times(factor, atom.last))
            elif self.bounds(factor)[0] >= 0:
                poly = rest
        return poly

    # ------------------------------------------------------------ translation

    def poly(self, value: Dim) -> Poly:
        """The polynomial of an integer expression."""
        if isinstance(value, int):
            return number(value)
        known = self._polys.get(value)
        if known is not None:
            return known
        done = self._polys
        if not value.children:
            done[value] = self._translate(value)
            return done[value]
        for expr in post_order([value], lambda e: [c for c in _index_operands(e) if c not in done]):
            if expr not in done:
                done[expr] = self._translate(expr)
        return done[value]

    def _translate(self, expr: PrimExpr) -> Poly:
        match expr:
            case prim.IntImm():
                return number(expr.value)
            case Var():
                return {(self.variable(expr),): 1}
            case prim.Cast() if dtypes.is_int(expr.value.dtype) and dtypes.is_int(expr.dtype):
                inner = self._polys[expr.value]
                return inner if self._fits(inner, expr.dtype) or _widens(expr) else self._opaque(expr)
            case prim.Binary() if dtypes.is_int(expr.dtype):
                result = self._arithmetic(expr, self._polys[expr.a], self._polys[expr.b])
                if result is not None and (expr.dtype == "int64" or self._fits(result, expr.dtype)):
                    return result
                return self._opaque(expr)
            case _:
                return self._opaque(expr)

    def _fits(self, poly: Poly, dtype: str) -> bool:
        if not self._wraps:
            return True
        low, high = _dtype_range(dtype)
        least, most = self.bounds(poly)
        return low <= least and most <= high

    def _arithmetic(self, expr: prim.Binary, a: Poly, b: Poly) -> Poly | None:
        match expr:
            case prim.Add():
                return plus(a, b)
            case prim.Sub():
                return plus(a, b, -1)
            case prim.Mul():
                return times(a, b)
            case prim.FloorDiv():
                return self.floor_div(a, b)
            case prim.FloorMod():
                return self.floor_mod(a, b)
            case prim.Div() if self.is_nonnegative(a):
                return self.floor_div(a, b)
            case prim.TruncMod() if self.is_nonnegative(a):
                return self.floor_mod(a, b)
            case prim.Min() | prim.Max():
                return self.extremum(expr.symbol, a, b)
            case _:
                return None

    def extremum(self, kind: str, a: Poly, b: Poly) -> Poly:
        """The minimum or maximum of two polynomials."""
        if self.is_nonnegative(plus(a, b, -1)):
            return a if kind == "max" else b
        if self.is_nonnegative(plus(b, a, -1)):
            return b if kind == "max" else a
        (p, q), (r, s) = self.bounds(a), self.bounds(b)
        choose = min if kind == "min" else max
        return self._make(kind, (a, b), choose(p, r), choose(q, s))

    def floor_div(self, a: Poly, b: Poly) -> Poly | None:
        """floor(a / b); None unless the divisor is known to be positive."""
        divisor = constant_of(b)
        if divisor is None:
            return self._divide_symbolic("//", a, b)
        if divisor <= 0:
            return None
        exact, rest = split_by(a, divisor)
        return plus(exact, self._divide_rest(rest, divisor))

    def floor_mod(self, a: Poly, b: Poly) -> Poly | None:
        """a - floor(a / b) * b; None unless the divisor is known to be positive."""
        divisor = constant_of(b)
        if divisor is None:
            return self._divide_symbolic("%", a, b)
        if divisor <= 0:
            return None
        _, rest = split_by(a, divisor)
        return self._remainder(rest, divisor)

    def _divide_symbolic(self, kind: str, a: Poly, b: Poly) -> Poly | None:
        if self.bounds(self._least(b))[0] < 0:
            return None
        if self.is_nonnegative(a) and self.is_nonnegative(plus(plus(b, a, -1), number(-1))):
            return ZERO if kind == "//" else a
        low, high = self.bounds(a)
        if kind == "%":
            return self._make("%", (a, b), 0, self.bounds(b)[1])
        return self._make("//", (a, b), 0 if low >= 0 else -inf, high if high >= 0 else 0)

    def _divide_rest(self, rest: Poly, divisor: int) -> Poly:
        low, high = self.bounds(rest)
        if low >= 0 and high < divisor:
            return ZERO
        if low > -inf and high < inf and low // divisor == high // divisor:
            return number(int(low // divisor))
        shared, _ = self._shared(rest, divisor)
        if shared > 1:
            # What the factor does not divide is below it and makes no difference.
            rest = {m: c // shared for m, c in rest.items() if c // shared and (not m or c % shared == 0)}
            return self.floor_div(rest, number(divisor // shared)) or ZERO
        only = single(rest)
        if only is not None and only.kind == "//":
            inner = constant_of(only.args[1])
            if inner is not None:
                return cast(Poly, self.floor_div(only.args[0], number(inner * divisor)))
        bound_low = low // divisor if low > -inf else low
        bound_high = high // divisor if high < inf else high
        return self._make("//", (rest, number(divisor)), bound_low, bound_high)

    def _remainder(self, rest: Poly, divisor: int) -> Poly:
        low, high = self.bounds(rest)
        if low >= 0 and high < divisor:
            return rest
        shared, small = self._shared(rest, divisor)
        if shared > 1:
            large = plus(rest, small, -1)
            inner = self.floor_mod({m: c // shared for m, c in large.items()}, number(divisor // shared))
            return plus(times(cast(Poly, inner), number(shared)), small)
        only = single(rest)
        if only is not None and only.kind == "%":
            inner_divisor = constant_of(only.args[1])
            if inner_divisor is not None and inner_divisor % divisor == 0:
                return cast(Poly, self.floor_mod(only.args[0], number(divisor)))
        return self._make("%", (rest, number(divisor)), 0, divisor - 1)

    def _shared(self, rest: Poly, divisor: int) -> tuple[int, Poly]:
        """A common factor of the divisor and of ``rest`` but for a part that lies in [0, factor), and that part."""
        for factor in sorted({gcd(divisor, c) for m, c in rest.items() if m}, reverse=True):
            if factor == 1:
                break
            small = {m: c for m, c in rest.items() if m and c % factor}
            if rest.get((), 0) % factor:
                small[()] = rest[()] % factor
            low, high = self.bounds(small)
            if low >= 0 and high < factor:
                return factor, small
        return 1, ZERO

    # ------------------------------------------------------------ rewriting

    def recombine(self, poly: Poly) -> Poly:
        """Join x % d + d * (x // d) to x, and x % d + d * ((x // d) % e) to x % (d * e), as long as there are any."""
        changed = True
        while changed:
            changed = False
            for monomial, factor in poly.items():
                joined = self._join(poly, monomial, factor)
                if joined is not None:
                    poly, changed = joined, True
                    break
        return poly

    def _join(self, poly: Poly, monomial: Monomial, factor: int) -> Poly | None:
        for place, atom in enumerate(monomial):
            if atom.kind != "%":
                continue
            value, divisor = atom.args
            size = constant_of(divisor)
            if size is None:
                continue
            others = monomial[:place] + monomial[place + 1 :]
            quotient = cast(Poly, self.floor_div(value, divisor))
            for candidate, wanted in poly.items():
                if wanted != factor * size:
                    continue
                whole = self._whole(candidate, others, quotient, value, size)
                if whole is not None:
                    rest = {m: c for m, c in poly.items() if m not in (monomial, candidate)}
                    return plus(rest, times(whole, {others: factor}))
        return None

    def _whole(self, candidate: Monomial, others: Monomial, quotient: Poly, value: Poly, size: int) -> Poly | None:
        remaining = list(candidate)
        for atom in others:
            if atom not in remaining:
                return None
            remaining.remove(atom)
        if len(remaining) != 1:
            return None
        atom = remaining[0]
        if quotient == {(atom,): 1}:
            return value
        outer = constant_of(atom.args[1]) if atom.kind == "%" else None
        if outer is None or not quotient:
            return None
        # ((x // d + y) % e) * d + x % d is (x + d * y) % (d * e).
        beside = plus(atom.args[0], quotient, -1)
        if not atoms_of(quotient).isdisjoint(heads(beside)):
            return None
        return self.floor_mod(plus(value, beside, size), number(size * outer))

    def substitute(self, poly: Poly, values: Mapping[Atom, Poly]) -> Poly:
        """The polynomial with atoms replaced, also inside divisions, which are simplified again."""
        if not any(atom in values or not atom.atoms.isdisjoint(values) for m in poly for atom in m):
            return poly
        result: Poly = {}
        for monomial, factor in poly.items():
            term = number(factor)
            for atom in monomial:
                term = times(term, self._replace(atom, values))
            result = plus(result, term)
        return result

    def _replace(self, atom: Atom, values: Mapping[Atom, Poly]) -> Poly:
        if atom in values:
            return values[atom]
        if atom.kind in ("var", "opaque", "fresh") or atom.atoms.isdisjoint(values):
            return {(atom,): 1}
        a, b = (self.substitute(arg, values) for arg in atom.args)
        match atom.kind:
            case "//":
                return cast(Poly, self.floor_div(a, b))
            case "%":
                return cast(Poly, self.floor_mod(a, b))
            case _:
                return self.extremum(atom.kind, a, b)


def _mul(a: Bound, b: Bound) -> Bound:
    return 0 if a == 0 or b == 0 else a * b


def _index_operands(expr: PrimExpr) -> list[PrimExpr]:
    if isinstance(expr, (prim.Binary, prim.Cast)) and dtypes.is_int(expr.dtype):
        return [child for child in operands(expr) if dtypes.is_int(child.dtype)]
    return []


def _widens(cast_: prim.Cast) -> bool:
    inner = _dtype_range(cast_.value.dtype)
    outer = _dtype_range(cast_.dtype)
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _variables(expr: PrimExpr) -> list[Var]:
    return [node for node in post_order([expr], operands) if isinstance(node, Var)]


def _dtype_range(dtype: str) -> tuple[Bound, Bound]:
    if dtype == "bool":
        return 0, 1
    if not dtypes.is_int(dtype) or dtype == "uint64":
        return -inf, inf
    bits = dtypes.bits(dtype)
    return (0, (1 << bits) - 1) if dtypes.is_unsigned_int(dtype) else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
