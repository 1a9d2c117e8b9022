"""Functors over Relax expressions as the release has them: since TVM 0.26 they visit scalar expressions, too, and
constants by another method since 0.27.
"""

from __future__ import annotations

import relax_core.expr_functor as core
from migrate.alias.current import before

__all__ = ["PyExprMutator", "PyExprVisitor"]

CONSTANT_METHOD = "visit_constant_" if before("0.27") else "visit_generic_const_"


class PyExprVisitor(core.PyExprVisitor):
    """tvm.relax.PyExprVisitor."""

    visits_scalars = not before("0.26")
    constant_method = CONSTANT_METHOD


class PyExprMutator(core.PyExprMutator):
    """tvm.relax.PyExprMutator."""

    visits_scalars = not before("0.26")
    constant_method = CONSTANT_METHOD
