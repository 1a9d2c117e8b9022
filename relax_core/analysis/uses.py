"""What variables are bound to and who uses them (relax.analysis in TVM 0.19 to 0.27)."""

from __future__ import annotations

from typing import TypeVar

from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, DataflowBlock, Expr, Function, Var, VarBinding

E = TypeVar("E", bound=Expr)


def get_var2val(func: Expr) -> dict[Var, Expr]:
    """What each variable of a function is bound to, nested scopes included; casts are left out."""
    return {node.var: node.value for node, done in walk(func) if not done and isinstance(node, VarBinding)}


def name_to_binding(func: Function) -> dict[str, list[Binding]]:
    """The bindings of a function by the name of their variable; those of nested scopes are left out, as in TVM."""
    found: dict[str, list[Binding]] = {}
    for block in getattr(func.body, "blocks", ()):
        for binding in block.bindings:
            found.setdefault(binding.var.name, []).append(binding)
    return dict(sorted(found.items()))


def udchain(dfb: DataflowBlock) -> dict[Var, list[Var]]:
    """For each variable that a dataflow block defines or uses, the variables whose values use it directly."""
    found: dict[Var, dict[Var, None]] = {}
    for binding in dfb.bindings:
        for node, done in walk(binding):
            if not done and isinstance(node, Var):
                found.setdefault(node, {})[binding.var] = None
        found.setdefault(binding.var, {})
    return {var: list(users) for var, users in found.items()}


def remove_all_unused(expr: E) -> E:
    """A function or body without bindings that nothing uses, unless they have effects outside of dataflow blocks.

    Casts stay: they check, and may define symbolic variables.
    """
    # The pass asks this package about purity.
    from relax_core.passes.remove_unused import remove_unused

    return remove_unused(expr)
