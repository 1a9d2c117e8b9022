"""DenseToSparse: dense layers take weights that were stored as sparse blocks before (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter
from relay_compat.passes.weights import SparseWeights, with_new_weights
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def DenseToSparse(weight_name: Sequence[str], weight_shape: Sequence[Sequence[int]]) -> Pass:
    """The pass. ``weight_shape`` has for each named weight the sizes of its arrays: three of the blocks, of the indices
    and of where rows begin; these become parameters in its place, which
    all of its users share.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        weights = SparseWeights(weight_name, weight_shape)

        def rule(old: Call, new: Call) -> Expr:
            weight = weights.of(old.args[1])
            return new if weight is None else call("nn.sparse_dense", new.args[0], *weight)

        return with_new_weights(CallRewriter({"nn.dense": rule}).rewrite(function))

    return FunctionPass(PassInfo(4, "DenseToSparse", ("DeadCodeElimination",)), run)
