"""SimplifyExpr: small rewritings, each until it finds nothing more, all in turn until none does (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay_compat.dataflow_pattern import DFPatternCallback, rewrite
from relay_compat.ir.expr import Function
from relay_compat.passes.simplifications import algebra, casts, constants, likes, moves
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

Make = Callable[[], DFPatternCallback]

_RULES: tuple[Make, ...] = (
    *likes.RULES,
    algebra.AddToItself,
    algebra.DivideBySquareRoot,
    constants.Identity,
    moves.Reshape,
    moves.Transpose,
    moves.NoTranspose,
    casts.SameCast,
    casts.ConsecutiveCast,
    constants.FullElementwise,
    constants.SwitchAddMultiply,
    constants.Adjacent,
    lambda: constants.DequantizedOrder("argmax"),
    lambda: constants.DequantizedOrder("argmin"),
    lambda: constants.DequantizedOrder("argsort"),
    casts.ClipAndCasts,
    casts.Clip,
    algebra.Binomial,
)
_AFTER_ALTERATION: tuple[Make, ...] = (
    constants.Identity,
    moves.Reshape,
    casts.SameCast,
    casts.ConsecutiveCast,
    casts.ClipAndCasts,
    casts.Clip,
)


def SimplifyExpr() -> Pass:
    """The pass."""
    return _pass("SimplifyExpr", _RULES)


def SimplifyExprPostAlterOp() -> Pass:
    """The pass with the rules that clean up after AlterOpLayout."""
    return _pass("SimplifyExprPostAlterOp", _AFTER_ALTERATION)


def _pass(name: str, rules: Sequence[Make]) -> Pass:
    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return rewrite([make() for make in rules], function, module)

    return FunctionPass(PassInfo(0, name, ("InferType",), contract=Contract.REASSOCIATING), run)
