"""tvm.arith.Analyzer and what it takes and gives, with Python's numbers where TVM takes them."""

from __future__ import annotations

from typing import Any

import tensor_core.arith as core
from relax_core.op.convert import as_prim
from tensor_core.arith import ModularSet, ProofStrength
from tensor_core.prim import PrimExpr, Var

__all__ = ["Analyzer", "ConstIntBound", "ModularSet", "ProofStrength"]


class ConstIntBound(core.ConstIntBound):
    """The least and the greatest value of an expression."""

    POS_INF = core.POS_INF
    NEG_INF = core.NEG_INF


class Analyzer(core.Analyzer):
    """The integer analyser over what Python programs pass for scalar expressions."""

    def simplify(self, expr: Any, steps: int = 2) -> PrimExpr:
        """The expression in TVM's form."""
        return super().simplify(as_prim(expr), steps)

    def rewrite_simplify(self, expr: Any) -> PrimExpr:
        """The expression after rewrite rules."""
        return super().rewrite_simplify(as_prim(expr))

    def canonical_simplify(self, expr: Any) -> PrimExpr:
        """The expression in canonical form."""
        return super().canonical_simplify(as_prim(expr))

    def const_int_bound(self, expr: Any) -> ConstIntBound:
        """What bounds the expression has."""
        return ConstIntBound(*super().const_int_bound(as_prim(expr)))

    def modular_set(self, expr: Any) -> ModularSet:
        """What remainders the expression has."""
        return super().modular_set(as_prim(expr))

    def can_prove(self, expr: Any, strength: ProofStrength = ProofStrength.DEFAULT) -> bool:
        """Whether a condition holds."""
        return super().can_prove(as_prim(expr), strength)

    def can_prove_equal(self, a: Any, b: Any) -> bool:
        """Whether two expressions are equal."""
        left, right = as_prim(a), as_prim(b)
        return super().can_prove_equal(left, right)

    def bind(self, var: Var, value: Any, allow_override: bool = False) -> None:
        """Say what a variable is: an expression or a range."""
        if hasattr(value, "extent"):
            value = (as_prim(value.min), as_prim(value.extent))
        super().bind(var, value if isinstance(value, tuple) else as_prim(value), allow_override)  # type: ignore[arg-type]

    def constraint_scope(self, constraint: Any) -> Any:
        """Inside the ``with`` block the condition holds."""
        return super().constraint_scope(as_prim(constraint))
