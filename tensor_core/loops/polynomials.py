"""Integer polynomials over atoms: what index expressions are translated into.

A polynomial maps monomials (sorted tuples of atoms) to integer coefficients; an atom is a variable, a floor division, a
remainder, a minimum or maximum of polynomials, or an expression that this algebra does not look into.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tensor_core.prim import PrimExpr

Bound = float
"""An integer, or an infinity."""


@dataclass(slots=True, eq=False)
class Atom:
    """A factor of a monomial.

    ``kind`` is "var", "//", "%", "min", "max" or "opaque"; ``args`` are the operands of the middle four, ``expr`` the
    variable or opaque expression. ``last`` is the greatest value as a polynomial where that is symbolic (extent - 1).
    """

    serial: int
    kind: str
    low: Bound
    high: Bound
    expr: PrimExpr | None = None
    args: tuple[Poly, ...] = ()
    last: Poly | None = None
    atoms: frozenset[Atom] = field(default_factory=frozenset["Atom"])

    def __lt__(self, other: Atom) -> bool:
        return self.serial < other.serial


Monomial = tuple[Atom, ...]
Poly = dict[Monomial, int]
Frozen = tuple[tuple[Monomial, int], ...]

ZERO: Poly = {}


def number(value: int) -> Poly:
    """A constant polynomial."""
    return {(): value} if value else {}


def constant_of(poly: Poly) -> int | None:
    """The value of a constant polynomial, None for any other."""
    if not poly:
        return 0
    return poly[()] if len(poly) == 1 and () in poly else None


def plus(a: Poly, b: Poly, factor: int = 1) -> Poly:
    """a + factor * b."""
    if not b:
        return a
    result = dict(a)
    for monomial, coefficient in b.items():
        total = result.get(monomial, 0) + factor * coefficient
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return result


def times(a: Poly, b: Poly) -> Poly:
    """a * b."""
    scalar = constant_of(b)
    if scalar is not None:
        return {m: c * scalar for m, c in a.items()} if scalar else {}
    result: Poly = {}
    for left, x in a.items():
        for right, y in b.items():
            monomial = tuple(sorted((*left, *right))) if left and right else left or right
            total = result.get(monomial, 0) + x * y
            if total:
                result[monomial] = total
            else:
                del result[monomial]
    return result


def frozen(poly: Poly) -> Frozen:
    """A hashable form, equal for equal polynomials."""
    return tuple(sorted(poly.items(), key=lambda item: [atom.serial for atom in item[0]]))


def atoms_of(poly: Poly) -> frozenset[Atom]:
    """Every atom in the polynomial, also inside other atoms."""
    found: set[Atom] = set()
    for monomial in poly:
        for atom in monomial:
            found.add(atom)
            found |= atom.atoms
    return frozenset(found)


def coefficient(poly: Poly, atom: Atom) -> tuple[Poly, Poly] | None:
    """(c, rest) with poly = c * atom + rest, both free of ``atom``; None when the polynomial is not linear in it."""
    factor: Poly = {}
    rest: Poly = {}
    for monomial, value in poly.items():
        count = monomial.count(atom)
        if count > 1 or any(atom in other.atoms for other in monomial):
            return None
        if count:
            factor[tuple(item for item in monomial if item is not atom)] = value
        else:
            rest[monomial] = value
    return factor, rest


def split_by(poly: Poly, divisor: int) -> tuple[Poly, Poly]:
    """(q, r) with poly = divisor * q + r, where r keeps the terms that ``divisor`` does not divide."""
    exact: Poly = {}
    rest: Poly = {}
    for monomial, factor in poly.items():
        if factor % divisor == 0:
            exact[monomial] = factor // divisor
        elif monomial:
            rest[monomial] = factor
        else:
            if factor // divisor:
                exact[()] = factor // divisor
            rest[()] = factor % divisor
    return exact, rest


def single(poly: Poly) -> Atom | None:
    """The atom that a polynomial consists of, None for any other."""
    if len(poly) != 1:
        return None
    ((monomial, factor),) = poly.items()
    return monomial[0] if len(monomial) == 1 and factor == 1 else None


def heads(poly: Poly) -> set[Atom]:
    """The atoms of the monomials themselves."""
    return {atom for monomial in poly for atom in monomial}
