"""What is known before a program runs (relax.analysis.computable_at_compile_time in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.analysis.symbolic import free_symbolic_vars
from relax_core.analysis.variables import free_vars
from relax_core.analysis.walk import walk
from relax_core.ir.expr import Function, MatchCast, Var, VarBinding
from relax_core.types.erase import definable_tir_vars_in_type
from tensor_core import prim


def computable_at_compile_time(func: Function) -> list[Var]:
    """The variables that follow from the parameters after the first ``num_input``, which are weights.

    In order of definition; without the attribute ``num_input`` no parameter is known, only what needs none.
    """
    count = (func.attrs or {}).get("num_input")
    known: dict[Var, None] = {}
    sizes: set[prim.Var] = set()

    def learn(var: Var) -> None:
        known[var] = None
        if var.ty is not None:
            sizes.update(definable_tir_vars_in_type(var.ty))

    for param in () if count is None else func.params[int(count) :]:
        learn(param)
    for node, done in walk(func):
        if done or not isinstance(node, VarBinding | MatchCast):
            continue
        if known.keys() >= set(free_vars(node.value)) and sizes.issuperset(free_symbolic_vars(node.value)):
            learn(node.var)
    return list(known)
