"""What is known before a program runs (relax.analysis.computable_at_compile_time in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.analysis.variables import free_vars
from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, Function, Var


def computable_at_compile_time(func: Function) -> list[Var]:
    """The variables that follow from the parameters after the first ``num_input``, which are weights.

    In order of definition; without the attribute ``num_input`` no parameter is known, only what needs none.
    """
    count = (func.attrs or {}).get("num_input")
    known: dict[Var, None] = {} if count is None else dict.fromkeys(func.params[int(count) :])
    for node, done in walk(func):
        if not done and isinstance(node, Binding) and all(var in known for var in free_vars(getattr(node, "value"))):  # noqa: B009
            known[node.var] = None
    return list(known)
