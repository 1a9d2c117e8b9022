"""The analyser that others use, shaped like tvm.arith.Analyzer (TVM 0.19 to 0.27)."""

from __future__ import annotations

import enum
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from tensor_core import prim
from tensor_core.arith.bounds import NEG_INF, POS_INF, Bounds, ConstIntBound
from tensor_core.arith.canonical import CanonicalSimplifier
from tensor_core.arith.fold import is_index, made, same
from tensor_core.arith.modular import Modular, ModularSet, intersection, modular
from tensor_core.arith.rewrite import Rewriter, negation
from tensor_core.prim import IntImm, PrimExpr, Var


class ProofStrength(enum.IntEnum):
    """How hard a proof tries; stronger proofs also replace variables by the ends of their ranges."""

    DEFAULT = 0
    SYMBOLIC_BOUND = 1


class Analyzer:
    """Simplifies integer expressions and proves facts about them, given what is known of their variables.

    Index arithmetic (int32 and int64) is taken to be exact, as in TVM: a valid program neither overflows nor divides by
    zero.
    """

    def __init__(self) -> None:
        self.bindings: dict[Var, PrimExpr] = {}
        self._bounds = Bounds(self)
        self._modular = Modular(self)
        self._rewriter = Rewriter(self)
        self._canonical = CanonicalSimplifier(self)
        self._ranges: dict[Var, tuple[PrimExpr, PrimExpr]] = {}

    # ------------------------------------------------------------ simplification

    def simplify(self, expr: PrimExpr, steps: int = 2) -> PrimExpr:
        """The expression in the form that TVM's simplifier gives it."""
        result = self.canonical_simplify(expr)
        for step in range(steps):
            if isinstance(result, IntImm):
                break
            result = self.canonical_simplify(result) if step % 2 else self.rewrite_simplify(result)
        return result

    def rewrite_simplify(self, expr: PrimExpr) -> PrimExpr:
        """The expression after rewrite rules, in two passes as in TVM."""
        return self._rewriter.visit(self._rewriter.visit(expr))

    def canonical_simplify(self, expr: PrimExpr) -> PrimExpr:
        """The expression in canonical form."""
        return self._canonical.visit(expr)

    # ------------------------------------------------------------ facts

    def const_int_bound(self, expr: PrimExpr) -> ConstIntBound:
        """The least and the greatest value that the expression is known to have."""
        return self._bounds.of(expr)

    def modular_set(self, expr: PrimExpr) -> ModularSet:
        """What is known of the expression's remainders."""
        return self._modular.of(expr)

    # ------------------------------------------------------------ proofs

    def can_prove(self, expr: PrimExpr, strength: ProofStrength = ProofStrength.DEFAULT) -> bool:
        """Whether a condition holds for all values of its variables; False means that it was not proven."""
        if isinstance(expr, IntImm):
            return expr.value != 0
        result = self.simplify(expr)
        if isinstance(result, IntImm):
            return result.value != 0
        return strength >= ProofStrength.SYMBOLIC_BOUND and self._proven_at_ends(expr)

    def can_prove_equal(self, a: PrimExpr, b: PrimExpr) -> bool:
        """Whether two expressions are equal for all values of their variables."""
        if isinstance(a, IntImm) and isinstance(b, IntImm):
            return a.value == b.value
        return self.can_prove(made(prim.EQ, made(prim.Sub, a, b), IntImm(0, a.dtype)))

    def can_prove_greater_equal(self, expr: PrimExpr, value: int) -> bool:
        """Whether ``expr >= value`` follows from constant bounds."""
        if isinstance(expr, IntImm):
            return expr.value >= value
        return self.const_int_bound(self.rewrite_simplify(expr)).min_value >= value

    def can_prove_less(self, expr: PrimExpr, value: int) -> bool:
        """Whether ``expr < value`` follows from constant bounds."""
        if isinstance(expr, IntImm):
            return expr.value < value
        return self.const_int_bound(self.rewrite_simplify(expr)).max_value < value

    def _proven_at_ends(self, expr: PrimExpr) -> bool:
        """A comparison proven with variables of known range at the end that makes it hardest."""
        if not isinstance(expr, prim.LT | prim.LE):
            return False
        gap = self.simplify(made(prim.Sub, expr.b, expr.a))
        for var, (low, last) in reversed(list(self._ranges.items())):
            linear = _coefficient(gap, var)
            if linear is not None:
                end = low if linear > 0 else last
                gap = self.simplify(_replaced(gap, var, end))
        return self.can_prove_greater_equal(gap, 1 if isinstance(expr, prim.LT) else 0)

    # ------------------------------------------------------------ knowledge

    def bind(self, var: Var, value: PrimExpr | tuple[PrimExpr, PrimExpr], allow_override: bool = False) -> None:
        """Say what a variable is: an expression, or a range given as its least value and its extent.

        ValueError when something else is known of it, unless that may be overridden.
        """
        if not allow_override and (var in self.bindings or var in self._bounds.variables):
            raise ValueError(f"Trying to update var '{var.name}' with a different value")
        if isinstance(value, tuple):
            low, extent = value
            if isinstance(extent, IntImm) and extent.value == 1:
                self.bind(var, low, allow_override)
                return
            last = made(prim.Sub, made(prim.Add, low, extent), IntImm(1, extent.dtype))
            bounds = self.const_int_bound(low), self.const_int_bound(last)
            self._bounds.variables[var] = ConstIntBound(bounds[0].min_value, bounds[1].max_value)
            self._ranges[var] = low, self.simplify(last)
        else:
            known = self.rewrite_simplify(value)
            self._bounds.variables[var] = self.const_int_bound(known)
            self._modular.variables[var] = self.modular_set(known)
            self.bindings[var] = known
        self._changed()

    def update(self, var: Var, info: ConstIntBound | ModularSet, override: bool = False) -> None:
        """Say what bounds or remainders a variable has. ValueError when others are known, unless overridden."""
        table = self._bounds.variables if isinstance(info, ConstIntBound) else self._modular.variables
        if not override and table.get(var, info) != info:
            raise ValueError(f"Trying to update var '{var.name}' with a different bound: {table[var]}, new={info}")
        if isinstance(info, ConstIntBound):
            self._bounds.variables[var] = info
        else:
            self._modular.variables[var] = modular(*info)
        self._changed()

    def mark_global_non_neg_value(self, expr: PrimExpr) -> None:
        """Say that an expression is never negative: what a variable times a positive number plus a number is."""
        simple = self.canonical_simplify(expr)
        offset = 0
        if isinstance(simple, prim.Add | prim.Sub) and isinstance(simple.b, IntImm):
            offset = simple.b.value if isinstance(simple, prim.Add) else -simple.b.value
            simple = simple.a
        factor = 1
        if isinstance(simple, prim.Mul) and isinstance(simple.b, IntImm) and simple.b.value > 0:
            factor, simple = simple.b.value, simple.a
        if isinstance(simple, Var) and is_index(simple):
            self._bounds.variables[simple] = ConstIntBound(-(offset // factor), POS_INF)
            self._changed()

    def mark_non_negative(self, variables: Iterable[Var]) -> None:
        """Say that sizes are never negative."""
        for var in variables:
            self.mark_global_non_neg_value(var)

    @contextmanager
    def constraint_scope(self, constraint: PrimExpr) -> Generator[None]:
        """Inside the ``with`` block the condition holds."""
        simple = self.rewrite_simplify(constraint)
        bounds, literals = len(self._bounds.constraints), len(self._rewriter.literals)
        remainders = dict(self._modular.variables)
        for part in _conjuncts(simple):
            self._assume(part)
        self._changed()
        try:
            yield
        finally:
            del self._bounds.constraints[bounds:]
            del self._rewriter.literals[literals:], self._canonical.literals[literals:]
            self._modular.variables.clear()
            self._modular.variables.update(remainders)
            self._changed()

    def _assume(self, condition: PrimExpr) -> None:
        for simplifier in (self._rewriter, self._canonical):
            simplifier.literals.append(condition)
        found = _bound_of(condition)
        if found is not None:
            self._bounds.constraints.append(found)
        if isinstance(condition, prim.EQ) and isinstance(condition.b, IntImm):
            value, base = condition.a, condition.b.value
            if isinstance(value, Var):
                self._modular.constrain(value, ModularSet(0, base))
            elif isinstance(value, prim.FloorMod) and isinstance(value.a, Var) and isinstance(value.b, IntImm):
                self._modular.constrain(value.a, modular(value.b.value, base))

    def _changed(self) -> None:
        for part in (self._bounds, self._modular, self._rewriter, self._canonical):
            part.changed()


def _conjuncts(condition: PrimExpr) -> list[PrimExpr]:
    parts: list[PrimExpr] = []
    stack = [condition]
    while stack:
        item = stack.pop()
        if isinstance(item, prim.And):
            stack.append(item.b)
            stack.append(item.a)
        elif isinstance(item, prim.Not) and isinstance(item.a, prim.Or):
            stack.append(negation(item.a))
        else:
            parts.append(item)
    return parts


def _bound_of(condition: PrimExpr) -> tuple[PrimExpr, ConstIntBound] | None:
    """The bound that a comparison with a constant states."""
    if not isinstance(condition, prim.LT | prim.LE | prim.EQ):
        return None
    strict = 1 if isinstance(condition, prim.LT) else 0
    a, b = condition.a, condition.b
    if isinstance(a, IntImm) == isinstance(b, IntImm):
        return None
    if isinstance(condition, prim.EQ):
        value, expr = (a.value, b) if isinstance(a, IntImm) else (b.value, a)  # pyright: ignore[reportAttributeAccessIssue]
        return expr, ConstIntBound(value, value)
    if isinstance(a, IntImm):
        return b, ConstIntBound(a.value + strict, POS_INF)
    assert isinstance(b, IntImm)
    return a, ConstIntBound(NEG_INF, b.value - strict)


def _coefficient(expr: PrimExpr, var: Var) -> int | None:
    """The constant factor of a variable in a sum; None where it occurs otherwise, or not at all."""
    found: int | None = None
    stack = [(expr, 1)]
    while stack:
        item, factor = stack.pop()
        match item:
            case prim.Add():
                stack += [(item.a, factor), (item.b, factor)]
            case prim.Sub():
                stack += [(item.a, factor), (item.b, -factor)]
            case prim.Mul() if isinstance(item.b, IntImm):
                stack.append((item.a, factor * item.b.value))
            case Var():
                if item is var:
                    found = (found or 0) + factor
            case _:
                if _mentions(item, var):
                    return None
    return found


def _mentions(expr: PrimExpr, var: Var) -> bool:
    stack: list[PrimExpr] = [expr]
    while stack:
        item = stack.pop()
        if item is var:
            return True
        stack.extend(part for part in item.iter_children() if isinstance(part, PrimExpr))
    return False


def _replaced(expr: PrimExpr, var: Var, value: PrimExpr) -> PrimExpr:
    if expr is var:
        return value
    if isinstance(expr, prim.Add | prim.Sub | prim.Mul):
        return made(type(expr), _replaced(expr.a, var, value), _replaced(expr.b, var, value))
    return expr


__all__ = ["Analyzer", "ProofStrength", "intersection", "same"]
