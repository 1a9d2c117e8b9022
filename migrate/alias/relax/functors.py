"""Functors over Relax expressions as the release has them: since TVM 0.26 they visit scalar expressions, too."""

from __future__ import annotations

import relax_core.expr_functor as core
from migrate.alias.current import before

__all__ = ["PyExprMutator", "PyExprVisitor"]


class PyExprVisitor(core.PyExprVisitor):
    """tvm.relax.PyExprVisitor."""

    visits_scalars = not before("0.26")


class PyExprMutator(core.PyExprMutator):
    """tvm.relax.PyExprMutator."""

    visits_scalars = not before("0.26")
