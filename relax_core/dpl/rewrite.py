"""Rewriting functions by patterns (rewrite_call and rewrite_bindings of tvm.relax.dpl in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relax_core.dpl.context import PatternContext
from relax_core.dpl.patterns import DFPattern
from relax_core.dpl.rewriters import PatternContextRewriter, PatternMatchingRewriter
from relax_core.ir.expr import Expr, Function, Var

__all__ = ["rewrite_bindings", "rewrite_call"]


def rewrite_call(
    pattern: DFPattern, rewriter: Callable[[Expr, dict[DFPattern, Expr]], Expr | None], func: Function
) -> Function:
    """The function with every value that matches replaced by ``rewriter(value, matched)``, until nothing changes.

    ``matched`` holds what each pattern that took part matched, variables replaced by their values. The rewriter returns
    the value itself where it wants no change.
    """
    return PatternMatchingRewriter.from_pattern(pattern, rewriter)(func)


def rewrite_bindings(
    ctx: PatternContext,
    rewriter: Callable[[dict[DFPattern, Var], dict[Var, Expr]], Mapping[Var, Expr]],
    func: Function,
) -> Function:
    """The function with variables that the patterns of the context match given new values, until nothing changes.

    ``rewriter(matched, bindings)`` gets the variable that each pattern matched and what variables are bound to, and
    returns new values of variables, none of them for no change.
    """

    def rewrites(matched: dict[DFPattern, Var], values: dict[Var, Expr]) -> Any:
        return dict(rewriter(matched, values))

    return PatternContextRewriter(ctx, rewrites)(func)
