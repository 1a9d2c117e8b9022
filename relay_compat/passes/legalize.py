"""Legalize: calls become what is registered for their operators, FTVMLegalize unless told otherwise (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Function, Op
from relay_compat.passes.alter_op_layout import checked_call
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo


def Legalize(legalize_map_attr_name: str = "FTVMLegalize") -> Pass:
    """The pass. A registered function gets the attributes, the new arguments, and the types of the original arguments
    followed by that of the result; it returns a call, or None.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return _Legalizer(legalize_map_attr_name).rewrite(function)

    return FunctionPass(PassInfo(1, "Legalize", ("InferType",)), run)


class _Legalizer(Rewriter):
    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Call) or not isinstance(old.op, Op) or not isinstance(new, Call):
            return new
        hook = old.op.get_attr(self._key)
        if hook is None:
            return new
        types = [getattr(arg, "checked", None) for arg in old.args]
        made = hook(old.attrs, list(new.args), [*types, old.checked])
        return new if made is None else checked_call(made, old)
