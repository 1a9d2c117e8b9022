"""Weights of dense layers as sparse blocks (tvm.relay.analysis.sparse_dense in TVM 0.19)."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import numpy as np

from relay_compat.analysis.sparse_weights import SparseAnalysisResult, replace_weight, weights_of
from relay_compat.ir.expr import Expr
from tensor_core.sparse_blocks import from_dense


def process_params(
    expr: Expr, params: MutableMapping[str, Any], block_size: tuple[int, int], sparsity_threshold: float
) -> SparseAnalysisResult:
    """Replaces weights in ``params``, of whose elements at least a part ``sparsity_threshold`` is zero, by their
    blocks, columns of blocks, and beginnings of rows; tells which.
    """
    result = SparseAnalysisResult([], [])
    for name in weights_of(expr, "nn.dense"):
        weight = np.asarray(params[name])
        if 1 - np.count_nonzero(weight) / weight.size >= sparsity_threshold:
            replace_weight(name, from_dense(weight, block_size), params, result)
    return result
