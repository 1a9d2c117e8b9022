"""Dense layers with weights in sparse blocks."""

from __future__ import annotations

from typing import Any

from relay_compat.analysis.sparse_dense import process_params
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.passes.dense_to_sparse import DenseToSparse


def convert(
    func: Function, params: dict[str, Any], blocksize: tuple[int, int], sparsity_threshold: float
) -> tuple[Function, dict[str, Any]]:
    """The function with sparse layers, and ``params``, in which blocks took the places of weights of whose elements at
    least a part ``sparsity_threshold`` is zero.
    """
    found = process_params(func, params, blocksize, sparsity_threshold)
    module = DenseToSparse(found.weight_name, found.weight_shape)(IRModule.from_expr(func))
    return module["main"], params
