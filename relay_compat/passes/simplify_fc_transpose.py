"""SimplifyFCTranspose: dense layers take weights that were transposed before, as parameters (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.analysis.transposed_weights import transposed_weight
from relay_compat.ir.expr import Call, Expr, Function, Var
from relay_compat.ir.types import TensorType
from relay_compat.passes.building import CallRewriter
from relay_compat.passes.weights import with_new_weights
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def SimplifyFCTranspose(target_weight_name: Sequence[str]) -> Pass:
    """The pass: ``dense(x, transpose(w))`` becomes ``dense(x, w.T)`` with a new parameter named ``w.T``.

    DiagnosticError R2R0703 for a weight that is not listed in ``target_weight_name``, or not declared as a matrix.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        turned: dict[str, Var] = {}

        def rule(old: Call, new: Call) -> Expr:
            weight = transposed_weight(old)
            if weight is None:
                return new
            if weight.name not in turned:
                turned[weight.name] = _turned(weight, target_weight_name, old)
            return Call(old.op, (new.args[0], turned[weight.name]), old.attrs, old.type_args)

        return with_new_weights(CallRewriter({"nn.dense": rule}).rewrite(function))

    return FunctionPass(PassInfo(4, "SimplifyFCTranspose", ("DeadCodeElimination",)), run)


def _turned(weight: Var, targets: Sequence[str], dense: Call) -> Var:
    type_ = weight.type_annotation
    if weight.name not in targets or not isinstance(type_, TensorType) or len(type_.shape) != 2:
        raise fail(codes.BAD_OPTION, f"the weight %{weight.name} is transposed, and no target of this pass", dense.span)
    return Var(f"{weight.name}.T", TensorType((type_.shape[1], type_.shape[0]), type_.dtype))
