"""Weights that dense layers transpose (tvm.relay.analysis.search_fc_transpose in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Var
from relay_compat.passes.building import is_call_of
from relay_compat.visit import reachable


def search_fc_transpose(expr: Expr) -> list[str]:
    """The names of weights in ``dense(x, transpose(w))``."""
    weights = (transposed_weight(node) for node in reachable(expr) if isinstance(node, Call))
    return [weight.name for weight in weights if weight is not None]


def transposed_weight(call: Call) -> Var | None:
    """The weight that a dense layer transposes; None where it does not take it so."""
    if not is_call_of(call, "nn.dense") or not is_call_of(call.args[1], "transpose"):
        return None
    transposition = call.args[1]
    assert isinstance(transposition, Call)
    weight = transposition.args[0]
    return weight if isinstance(weight, Var) else None
