"""SimplifyExpr: what Relay's pass of this name simplifies, on Relax, where TVM has no such pass.

Every rule is a rewriting by pattern, and all are applied until none finds anything. Rules about examples of a shape
that type deduction has said already (``reshape_like``, ``broadcast_to_like``, ``cast_like``) have nothing left to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from relax_core.dpl.apply import apply_to_module
from relax_core.dpl.rewriters import OrRewriter
from relax_core.ir.expr import IRModule
from relax_core.passes.function_pass import relax_release
from relax_core.passes.simplifications import algebra, casts, constants, likes, moves
from relax_core.passes.simplifications.rule import Rule, rewriter, saying
from tensor_core.passes import Contract, ModulePass, Pass, PassContext, PassInfo

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

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        say = saying(relax_release(module))
        return apply_to_module(reduce(OrRewriter, (rewriter(rule, say) for rule in rules)), module)

    return ModulePass(PassInfo(0, "SimplifyExpr", contract=Contract.REASSOCIATING), run)
