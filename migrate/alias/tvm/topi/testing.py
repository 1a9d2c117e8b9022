"""tvm.topi.testing: what operators compute, with numpy."""

from __future__ import annotations

import numpy as np

from migrate.alias.gradient_references import conv2d_backward_weight_python, pool_grad_nchw
from migrate.alias.references import (
    batch_matmul,
    gather_nd_python,
    gather_python,
    matrix_set_diag,
    one_hot,
    searchsorted_ref,
    sequence_mask,
    strided_set_python,
    strided_slice_python,
)

__all__ = [
    "batch_matmul", "conv2d_backward_weight_python", "gather_nd_python", "gather_python", "log_softmax_python",
    "matrix_set_diag", "one_hot", "pool_grad_nchw", "searchsorted_ref", "sequence_mask", "softmax_python",
    "strided_set_python", "strided_slice_python",
]  # fmt: skip


def softmax_python(a_np: np.ndarray, axis: int = 1) -> np.ndarray:
    """Exponentials that sum up to 1 along an axis."""
    powers = np.exp(a_np - np.amax(a_np, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def log_softmax_python(a_np: np.ndarray, axis: int = 1) -> np.ndarray:
    """The logarithm of the softmax."""
    moved = a_np - np.amax(a_np, axis=axis, keepdims=True)
    return moved - np.log(np.sum(np.exp(moved), axis=axis, keepdims=True))
