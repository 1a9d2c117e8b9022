"""FastMath: exp, erf, tanh and softmax become their fast approximations (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

_FAST = {"exp": "fast_exp", "erf": "fast_erf", "tanh": "fast_tanh", "nn.softmax": "nn.fast_softmax"}


def FastMath() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return CallRewriter(dict.fromkeys(_FAST, _fast)).rewrite(function)

    return FunctionPass(PassInfo(4, "FastMath", ("InferType",), contract=Contract.APPROXIMATE), run)


def _fast(old: Call, new: Call) -> Expr:
    assert isinstance(old.op, Op)
    return call(_FAST[old.op.name], *new.args, **(new.attrs or {}))
