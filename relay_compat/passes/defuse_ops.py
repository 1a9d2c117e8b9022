"""DefuseOps: put the bodies of functions where they are called, which undoes FuseOps (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Function
from relay_compat.ir.make import bind
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo


def DefuseOps() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Defuser().rewrite(function)

    return FunctionPass(PassInfo(3, "DefuseOps", ("InferType",)), run)


class _Defuser(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        del old
        if isinstance(new, Call) and isinstance(new.op, Function):
            return bind(new.op.body, dict(zip(new.op.params, new.args, strict=True)))
        return new
