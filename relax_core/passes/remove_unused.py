"""Removing bindings of dataflow blocks that nothing uses (relax.analysis.remove_all_unused in TVM 0.27)."""

from __future__ import annotations

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    DataflowBlock,
    Function,
    MatchCast,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.visit import Mutator, scopes, variables
from tensor_core.trampoline import Steps


def remove_unused(function: Function) -> Function:
    """The function without unused bindings in its dataflow blocks, those of local functions and branches included.

    A match_cast that defines symbolic variables others may use, and everything outside dataflow blocks, stays.
    """
    return _Remover(_used(function)).run(function)


def _used(function: Function) -> set[Var]:
    """The variables that what must stay needs, directly or through what it needs."""
    needs: dict[Var, list[Var]] = {}
    pending: list[Var] = []
    stack: list[object] = [function.body]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            item = item.body
        if not isinstance(item, SeqExpr):
            continue
        pending.extend(variables(item.body))
        for block in item.blocks:
            for binding in block.bindings:
                mentioned = _mentioned(binding)
                if _removable(binding, block):
                    needs.setdefault(binding.var, []).extend(mentioned)
                else:
                    pending.extend(mentioned)
                if isinstance(binding, VarBinding):
                    stack.extend(scopes(binding.value))
    used: set[Var] = set()
    while pending:
        var = pending.pop()
        if var not in used:
            used.add(var)
            pending.extend(needs.get(var, ()))
    return used


def _mentioned(binding: Binding) -> list[Var]:
    value = binding.value if isinstance(binding, VarBinding | MatchCast) else None
    return [] if value is None else list(variables(value))


def _removable(binding: Binding, block: BindingBlock) -> bool:
    return isinstance(block, DataflowBlock) and isinstance(binding, VarBinding)


class _Remover(Mutator):
    def __init__(self, used: set[Var]) -> None:
        super().__init__()
        self._used = used

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Drop an unused binding of a dataflow block."""
        if self.in_dataflow and isinstance(binding, VarBinding) and binding.var not in self._used:
            return ()
        return (yield super().rewrite(binding))
