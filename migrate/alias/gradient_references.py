"""What gradients of windows compute, written with numpy for tvm.topi.testing, apart from the op cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def pool_grad_nchw(
    a_np: Array,
    out_grad_np: Array,
    pool_size: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[int],
    pool_type: str,
    ceil_mode: bool,
    count_include_pad: bool = True,
) -> Array:
    """A pool's gradient in its data, window by window. ``pool_type``: "max", whose first place counts, or "avg"."""
    del ceil_mode
    top, left, _, _ = padding
    height, width = a_np.shape[2:]
    result = np.zeros_like(a_np)
    for n, c, row, column in np.ndindex(*out_grad_np.shape):
        first, start = row * strides[0] - top, column * strides[1] - left
        rows = slice(max(first, 0), min(first + pool_size[0], height))
        columns = slice(max(start, 0), min(start + pool_size[1], width))
        window, grad = a_np[n, c, rows, columns], out_grad_np[n, c, row, column]
        if not window.size:
            continue
        if pool_type == "max":
            place = np.unravel_index(int(np.argmax(window)), window.shape)
            result[n, c, rows, columns][place] += grad
        else:
            result[n, c, rows, columns] += grad / (pool_size[0] * pool_size[1] if count_include_pad else window.size)
    return result


def conv2d_backward_weight_python(
    dy_np: Array,
    x_np: Array,
    kernel_size: Sequence[int],
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    layout: str = "NCHW",
    groups: int = 1,
    channels: int | None = None,
) -> Array:
    """A convolution's gradient in its weight, tap by tap: OIHW for data in NCHW, OHWI for NHWC."""
    del channels
    if layout != "NCHW":
        dy_np, x_np = (np.transpose(array, (0, 3, 1, 2)) for array in (dy_np, x_np))
    (step_y, step_x), (pad_y, pad_x) = ((n, n) if isinstance(n, int) else n for n in (stride, padding))
    x = np.pad(x_np, ((0, 0), (0, 0), (pad_y, pad_y), (pad_x, pad_x)))
    height, width = dy_np.shape[2:]
    parts: list[Array] = []
    for dy, data in zip(np.split(dy_np, groups, 1), np.split(x, groups, 1), strict=True):
        part = np.zeros((dy.shape[1], data.shape[1], *kernel_size), x_np.dtype)
        for row, column in np.ndindex(*kernel_size):
            seen = data[:, :, row : row + height * step_y : step_y, column : column + width * step_x : step_x]
            part[:, :, row, column] = np.tensordot(dy, seen[:, :, :height, :width], ((0, 2, 3), (0, 2, 3)))
        parts.append(part)
    result = np.concatenate(parts)
    return result if layout == "NCHW" else np.transpose(result, (0, 2, 3, 1))
