"""Convolutions with kernels in sparse blocks."""

from __future__ import annotations

from typing import Any

from relay_compat.analysis.sparse_conv2d import process_params
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.passes.conv2d_to_sparse import Conv2dToSparse, Conv2dToSparse2


def convert(
    func: Function,
    params: dict[str, Any],
    blocksize: tuple[int, int],
    sparsity_threshold: float,
    layout: str = "NHWC",
    kernel_size: int = 1,
) -> tuple[Function, dict[str, Any]]:
    """The function with sparse convolutions, and ``params``, in which blocks took the places of sparse kernels."""
    found = process_params(func, params, blocksize, sparsity_threshold, layout, kernel_size)
    change = Conv2dToSparse(found.weight_name, found.weight_shape, layout, kernel_size)
    return change(IRModule.from_expr(func))["main"], params


def convert2(
    func: Function,
    params: dict[str, Any],
    blocksize: tuple[int, int],
    sparsity_threshold: float,
    layout: str,
    kernel_size: int,
) -> tuple[Function, dict[str, Any]]:
    """The function, whose kernels are constants, with sparse convolutions; ``params`` stay as they are."""
    change = Conv2dToSparse2(layout, kernel_size, blocksize, sparsity_threshold)
    return change(IRModule.from_expr(func))["main"], params
