"""Conv2dToSparse and Conv2dToSparse2: convolutions take kernels that are stored as sparse blocks (TVM 0.19).

The first takes kernels that were stored so before, as parameters; the second stores constant ones so itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relay_compat.analysis.sparse_weights import kernel_matrix
from relay_compat.ir.expr import Call, Constant, Expr, Function
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter
from relay_compat.passes.weights import SparseWeights, with_new_weights
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import codes, sparse_blocks
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.ops.windows import full_padding
from tensor_core.passes import Pass, PassContext, PassInfo


def Conv2dToSparse(
    weight_name: Sequence[str], weight_shape: Sequence[Sequence[int]], layout: str, kernel_size: int
) -> Pass:
    """The pass. ``weight_shape`` has for each named kernel the sizes of its arrays, which become parameters in its
    place; ``layout`` is that of the data. Every convolution gets the layout, where TVM leaves it out after the first.
    DiagnosticError R2R0703 for a named kernel whose convolution is none that a sparse one computes.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        weights = SparseWeights(weight_name, weight_shape)

        def rule(old: Call, new: Call) -> Expr:
            weight = weights.of(old.args[1])
            if weight is None:
                return new
            if not _is_sparse_form(old, layout, kernel_size):
                raise fail(codes.BAD_OPTION, f"no sparse convolution computes {_told(old)}", old.span, hint=_HINT)
            return _sparse(new.args[0], weight, layout, kernel_size)

        return with_new_weights(CallRewriter({"nn.conv2d": rule}).rewrite(function))

    return FunctionPass(PassInfo(4, "Conv2dToSparse", ("DeadCodeElimination",)), run)


def Conv2dToSparse2(layout: str, kernel_size: int, blocksize: Sequence[int], sparsity_threshold: float) -> Pass:
    """The pass, for convolutions of this layout and kernel size with a constant kernel of float32, as far as at least
    a part ``sparsity_threshold`` of the kernel is blocks without values. Those that no sparse convolution computes
    stay.

    DiagnosticError R2R0703 for kernels of other types.
    """

    def rule(old: Call, new: Call) -> Expr:
        kernel = old.args[1]
        if not isinstance(kernel, Constant) or not _is_sparse_form(old, layout, kernel_size):
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


_HINT = "strides, dilation and groups are 1, and the padding keeps the size of the image"


def _is_sparse_form(conv: Call, layout: str, kernel_size: int) -> bool:
    """Whether a convolution is what nn.sparse_conv2d computes. TVM asks for the first stride alone, and for no padding:
    what it makes of others computes something else.
    """
    attrs = conv.attrs
    assert attrs is not None
    plain = {*map(int, attrs.strides), *map(int, attrs.dilation), int(attrs.groups)} == {1}
    whole = kernel_size % 2 == 1 and all(int(side) == kernel_size // 2 for side in full_padding(attrs.padding, 2))
    sizes = [*map(int, attrs.kernel_size or ())]
    fits = attrs.data_layout == layout and (attrs.out_layout or layout) == layout and set(sizes) == {kernel_size}
    return plain and whole and fits


def _told(conv: Call) -> str:
    attrs = conv.attrs
    assert attrs is not None
    names = ("kernel_size", "strides", "padding", "dilation", "groups", "data_layout")
    return "a convolution with " + ", ".join(f"{name} {attrs[name]}" for name in names)


def _sparse(data: Expr, weight: Sequence[Expr], layout: str, kernel_size: int) -> Call:
    return call("nn.sparse_conv2d", data, *weight, layout=layout, kernel_size=(kernel_size, kernel_size))
