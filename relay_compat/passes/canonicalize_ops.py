"""CanonicalizeOps: ``nn.bias_add`` becomes an addition of the bias with axes behind it (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter, expand_to_axis, tensor_type
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def CanonicalizeOps() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return CallRewriter({"nn.bias_add": _bias_add}).rewrite(function)

    return FunctionPass(PassInfo(3, "CanonicalizeOps", ("InferType",)), run)


def _bias_add(old: Call, new: Call) -> Expr:
    data, bias = new.args
    assert new.attrs is not None
    rank = tensor_type(old.args[0]).rank
    result = call("add", data, expand_to_axis(bias, rank, int(new.attrs.axis) % rank))
    result.memo("checked", old.checked)
    return result
