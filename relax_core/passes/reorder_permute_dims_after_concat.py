"""ReorderPermuteDimsAfterConcat: transposes that are all alike are done once, after what joins them (relax.transform of
TVM 0.19 to 0.27).
"""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Binding, Call, Expr, Function, IRModule, Tuple, Var, VarBinding
from relax_core.ir.types import TensorType
from relax_core.passes.call_lowering import CallLowering
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.remove_unused import remove_unused
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps

_MOST = 11
"""TVM looks for 2 to 11 transposes that are joined."""


def ReorderPermuteDimsAfterConcat() -> Pass:
    """The pass."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        made = _Reordering(function, relax_release(module)).run(function)
        return function if made is function else remove_unused(made)

    return FunctionPass(PassInfo(1, "ReorderPermuteDimsAfterConcat"), apply)


class _Reordering(CallLowering):
    def __init__(self, function: Function, release: str) -> None:
        super().__init__(function, _reordered, release)
        self.values: dict[Var, Expr] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Remember what variables are bound to."""
        made = yield super().rewrite(binding)
        self.values.update({item.var: item.value for item in made if isinstance(item, VarBinding)})
        return made


def _reordered(lowering: CallLowering, call: Call) -> Expr | None:
    assert isinstance(lowering, _Reordering)
    joined = call.args[0] if op_name(call) == "relax.concat" else None
    if isinstance(joined, Var):
        joined = lowering.values.get(joined)
    if not isinstance(joined, Tuple) or not 2 <= len(joined.fields) <= _MOST:
        return None
    found = [lowering.values.get(item) if isinstance(item, Var) else None for item in joined.fields]
    turned = [item for item in found if isinstance(item, Call) and op_name(item) == "relax.permute_dims"]
    orders = [_order(item) for item in turned]
    if len(turned) < len(found) or orders[0] is None or any(order != orders[0] for order in orders):
        return None
    axis = _attrs(call)["axis"] or 0
    whole = lowering.op("concat", tuple(item.args[0] for item in turned), orders[0][axis])
    axes = _attrs(turned[0])["axes"]
    return lowering.op("permute_dims", whole, None if axes is None else list(axes))


def _order(call: Call) -> list[int] | None:
    """The axes of the operand in their new order; None for an operand of unknown rank."""
    axes = _attrs(call)["axes"]
    type_ = type_of(call.args[0])
    if not isinstance(type_, TensorType) or type_.ndim < 0:
        return None
    if axes is None:
        return list(reversed(range(type_.ndim)))
    return [int(axis) % type_.ndim for axis in axes]


def _attrs(call: Call) -> Any:
    return call.attrs
