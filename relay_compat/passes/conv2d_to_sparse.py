"""Conv2dToSparse and Conv2dToSparse2: convolutions take kernels that are stored as sparse blocks (TVM 0.19).

The first takes kernels that were stored so before, as parameters; the second stores constant ones so itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relay_compat.analysis.sparse_weights import kernel_matrix
from relay_compat.ir.expr import Call, Constant, Expr, Function, Var
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter
from relay_compat.passes.weights import sparse_weight, with_new_weights
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import codes, sparse_blocks
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def Conv2dToSparse(
    weight_name: Sequence[str], weight_shape: Sequence[Sequence[int]], layout: str, kernel_size: int
) -> Pass:
    """The pass. ``weight_shape`` has for each named kernel the sizes of its arrays, which become parameters in its
    place; ``layout`` is that of the data. Every convolution gets the layout, where TVM leaves it out after the first.
    """
    shapes = dict(zip(map(str, weight_name), weight_shape, strict=True))

    def rule(old: Call, new: Call) -> Expr:
        weight = old.args[1]
        if not isinstance(weight, Var) or weight.name not in shapes:
            return new
        return _sparse(new.args[0], sparse_weight(weight.name, shapes[weight.name]), layout, kernel_size)

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return with_new_weights(CallRewriter({"nn.conv2d": rule}).rewrite(function))

    return FunctionPass(PassInfo(4, "Conv2dToSparse", ("DeadCodeElimination",)), run)


def Conv2dToSparse2(layout: str, kernel_size: int, blocksize: Sequence[int], sparsity_threshold: float) -> Pass:
    """The pass, for convolutions of this layout and kernel size with stride 1 and a constant kernel of float32, as
    far as at least a part ``sparsity_threshold`` of the kernel is blocks without values.

    DiagnosticError R2R0703 for kernels of other types.
    """

    def rule(old: Call, new: Call) -> Expr:
        kernel, attrs = old.args[1], old.attrs
        assert attrs is not None
        fits = attrs.data_layout == layout and attrs.strides[0] == 1 and attrs.kernel_size
        if not fits or attrs.kernel_size[0] != kernel_size or not isinstance(kernel, Constant):
            return new
        data = np.asarray(kernel.data)
        if data.dtype != np.float32 or data.ndim != 4:
            raise fail(codes.BAD_OPTION, f"a kernel of {data.dtype.name} cannot be made sparse", old.span)
        matrix = kernel_matrix(data, layout)
        blocks, columns, rows = sparse_blocks.from_dense(matrix, (blocksize[0], blocksize[1]))
        if 1 - blocks.size / matrix.size < sparsity_threshold:
            return new
        return _sparse(new.args[0], tuple(map(Constant, (blocks, columns, rows))), layout, kernel_size)

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return CallRewriter({"nn.conv2d": rule}).rewrite(function)

    return FunctionPass(PassInfo(5, "Conv2dToSparse2", ("DeadCodeElimination",)), run)


def _sparse(data: Expr, weight: Sequence[Expr], layout: str, kernel_size: int) -> Call:
    return call("nn.sparse_conv2d", data, *weight, layout=layout, kernel_size=(kernel_size, kernel_size))
