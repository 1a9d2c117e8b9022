"""ChangeBatch: parameters get another batch size (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping

from relay_compat.ir.expr import Function, Var
from relay_compat.ir.types import TensorType
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import with_variables
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def ChangeBatch(data: Mapping[Var, int], batch_size: int = 16) -> Pass:
    """The pass. ``data`` says for each parameter which of its dimensions is the batch.

    DiagnosticError R2R0703 for a parameter without the type of a tensor.
    """

    def changed(var: Var) -> Var:
        if var not in data:
            return var
        type_ = var.type_annotation
        if not isinstance(type_, TensorType):
            raise fail(codes.BAD_OPTION, f"%{var.name} is not declared as a tensor", var.span)
        shape = [*type_.shape]
        shape[data[var]] = batch_size
        return Var(var.name, TensorType(tuple(shape), type_.dtype))

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return with_variables(function.replace(ret_type=None), changed)

    return FunctionPass(PassInfo(1, "ChangeBatch"), run)
