"""Operators that are told a shape by an example are told it directly."""

from __future__ import annotations

from relax_core.dpl import is_op, wildcard
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Expr, ShapeExpr
from relax_core.passes.simplifications.rule import Made, Rule, Say, dims, dtype_of


def _like(name: str, plain: str, *, filled: bool = False, summed: bool = False) -> Rule:
    def make(say: Say) -> Made:
        example, second = wildcard(), wildcard()
        operands = (example, second) if filled or summed else (example,)

        def replace(expr: Expr, found: Matched) -> Expr:
            sizes = dims(expr)
            if sizes is None:
                return expr
            if summed:
                return say(plain, found[example], ShapeExpr(sizes))
            held = (found[second],) if filled else ()
            return say(plain, ShapeExpr(sizes), *held, dtype=dtype_of(expr))

        return is_op(f"relax.{name}")(*operands), replace

    return Rule(name, make)


RULES = (
    _like("zeros_like", "zeros"),
    _like("ones_like", "ones"),
    _like("full_like", "full", filled=True),
    _like("collapse_sum_like", "collapse_sum_to", summed=True),
)
