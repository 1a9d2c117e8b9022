"""Kernels of convolutions as sparse blocks (tvm.relay.analysis.sparse_conv2d in TVM 0.19)."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import numpy as np

from relay_compat.analysis.sparse_weights import SparseAnalysisResult, kernel_matrix, replace_weight, weights_of
from relay_compat.ir.expr import Expr
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.sparse_blocks import from_dense


def process_params(
    expr: Expr,
    params: MutableMapping[str, Any],
    block_size: tuple[int, int],
    sparsity_threshold: float,
    layout: str,
    kernel_size: int,
) -> SparseAnalysisResult:
    """Replaces kernels in ``params`` by their blocks, columns of blocks, and beginnings of rows; tells which.

    Those of ``kernel_size`` 1 or 3 of whose elements (size 3: blocks) at least a part ``sparsity_threshold`` is zero.
    DiagnosticError R2R0703 for another ``layout`` of the data than NHWC and NCHW.
    """
    if layout not in ("NHWC", "NCHW"):
        raise fail(codes.BAD_OPTION, f"kernels for data in layout {layout} are not made sparse")
    result = SparseAnalysisResult([], [])
    for name in weights_of(expr, "nn.conv2d"):
        kernel = np.asarray(params[name])
        size = kernel.shape[:2] if layout == "NHWC" else kernel.shape[2:]
        if size != (kernel_size, kernel_size) or kernel_size not in (1, 3):
            continue
        matrix = kernel_matrix(kernel, layout)
        blocks, columns, rows = from_dense(matrix, block_size)
        stored = np.count_nonzero(matrix) if kernel_size == 1 else blocks.size
        if 1 - stored / matrix.size < sparsity_threshold:
            continue
        if kernel_size == 1 and block_size[1] == 1:
            blocks = blocks[:, :, 0]
        replace_weight(name, (blocks, columns, rows), params, result)
    return result
