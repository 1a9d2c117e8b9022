"""SimplifyExpr: what Relay's pass of this name simplifies, on Relax, where TVM has no such pass.

Every rule is a rewriting by pattern, and all are applied until none finds anything. Rules about examples of a shape
that type deduction has said already (``reshape_like``, ``broadcast_to_like``, ``cast_like``) have nothing left to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.passes.simplifications import algebra, casts, constants, likes, moves
from relax_core.passes.simplifications.rule import Rule, applied
from tensor_core.passes import Contract, ModulePass, Pass, PassInfo

RULES: tuple[Rule, ...] = (
    *likes.RULES,
    *algebra.RULES,
    *constants.RULES,
    *moves.RULES,
    *casts.RULES,
    *algebra.LAST,
)


def SimplifyExpr() -> Pass:
    """The pass."""
    return simplifying(RULES)


def simplifying(rules: Sequence[Rule]) -> Pass:
    """The pass with these rules."""
    info = PassInfo(0, "SimplifyExpr", contract=Contract.REASSOCIATING)
    return ModulePass(info, lambda module, _: applied(rules, module))
