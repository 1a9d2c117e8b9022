"""Whether what several scopes share is bound around them (relay.analysis.check_basic_block_normal_form)."""

from __future__ import annotations

from relay_compat.dependency_graph import DependencyGraph, ScopeMap
from relay_compat.ir.expr import Expr
from tensor_core import codes
from tensor_core.diagnostics import fail

__all__ = ["check_basic_block_normal_form"]


def check_basic_block_normal_form(expr: Expr) -> bool:
    """True; DiagnosticError R2R0205 for an expression that stands in a scope narrower than that of all its users."""
    lifted = ScopeMap(DependencyGraph(expr)).lifted
    for node in lifted:
        message = f"the scopes of several users share this {type(node).__name__.lower()}, and none around them binds it"
        raise fail(codes.ILL_FORMED, message, getattr(node, "span", None), "run ToBasicBlockNormalForm first")
    return True
