"""Removing bindings that nothing uses (relax.analysis.remove_all_unused in TVM 0.19 to 0.27)."""

from __future__ import annotations

from typing import Any, TypeVar

from relax_core.analysis.purity import contains_impure_call
from relax_core.ir.expr import (
    Binding,
    DataflowBlock,
    Expr,
    Function,
    MatchCast,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.visit import Mutator, scopes, variables
from tensor_core.trampoline import Steps, run

E = TypeVar("E", bound=Expr)


def remove_unused(expr: E) -> E:
    """A function or body without unused bindings, those of local functions and branches included.

    A match_cast stays, and so does what has effects outside of dataflow blocks.
    """
    remover = _Remover(_used(expr))
    result: Any = run(remover.function(expr) if isinstance(expr, Function) else remover.scope(expr))
    return result


def _used(root: Expr) -> set[Var]:
    """The variables that what must stay needs, directly or through what it needs."""
    needs: dict[Var, list[Var]] = {}
    pending: list[Var] = []
    # Unused bindings outside of dataflow blocks stay if they have effects: asked only of those.
    doubtful: list[VarBinding] = []
    # Bodies, each with the variable bound to the branch it is an arm of: what an arm results in, only that needs.
    stack: list[tuple[Expr, Var | None]] = [(root, None)]
    while stack:
        item, owner = stack.pop()
        if isinstance(item, Function):
            item = item.body
        if not isinstance(item, SeqExpr):
            continue
        held = pending if owner is None else needs.setdefault(owner, [])
        held.extend(variables(item.body))
        for block in item.blocks:
            for binding in block.bindings:
                mentioned = _mentioned(binding)
                if isinstance(binding, VarBinding):
                    needs.setdefault(binding.var, []).extend(mentioned)
                    inner = None if isinstance(binding.value, Function) else binding.var
                    stack.extend((scope, inner) for scope in scopes(binding.value))
                    if not isinstance(block, DataflowBlock):
                        doubtful.append(binding)
                else:
                    held.extend(mentioned)
    used: set[Var] = set()
    _close(used, pending, needs)
    for binding in doubtful:
        if binding.var not in used and contains_impure_call(binding.value):
            _close(used, [binding.var], needs)
    return used


def _close(used: set[Var], pending: list[Var], needs: dict[Var, list[Var]]) -> None:
    while pending:
        var = pending.pop()
        if var not in used:
            used.add(var)
            pending.extend(needs.get(var, ()))


def _mentioned(binding: Binding) -> list[Var]:
    value = binding.value if isinstance(binding, VarBinding | MatchCast) else None
    return [] if value is None else list(variables(value))


class _Remover(Mutator):
    def __init__(self, used: set[Var]) -> None:
        super().__init__()
        self._used = used

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Drop an unused binding."""
        if isinstance(binding, VarBinding) and binding.var not in self._used:
            return ()
        return (yield super().rewrite(binding))
