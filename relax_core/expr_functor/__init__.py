"""Functors over Relax expressions, shaped like tvm.relax.expr_functor (TVM 0.19 to 0.27)."""

from relax_core.expr_functor.decorate import mutator, visitor
from relax_core.expr_functor.functor import ExprFunctor
from relax_core.expr_functor.mutating import PyExprMutator
from relax_core.expr_functor.visiting import PyExprVisitor

__all__ = ["ExprFunctor", "PyExprMutator", "PyExprVisitor", "mutator", "visitor"]
