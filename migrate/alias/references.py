"""What operators that select and replace elements compute, written with numpy for tvm.topi.testing.

Written apart from the op cards, so that a test that compares an operator with one of these compares two statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def strided_slice_python(
    data: Array,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int] | None,
    slice_mode: str = "end",
    axes: Sequence[int] | None = None,
) -> Array:
    """A slice of each dimension, or of ``axes``; in the mode "size" ``end`` holds sizes, -1 for all that is left."""
    cut = [slice(None)] * data.ndim
    steps = list(strides or ())
    places = list(range(max(len(begin), len(end), len(steps)))) if axes is None else list(axes)
    for n, axis in enumerate(places):
        first = int(begin[n]) if n < len(begin) else None
        last = int(end[n]) if n < len(end) else None
        step = int(steps[n]) if n < len(steps) and slice_mode == "end" else None
        if slice_mode == "size" and last is not None:
            last = None if last < 0 else (first or 0) + last
        cut[axis] = slice(first, last, step)
    return data[tuple(cut)]


def strided_set_python(
    data: Array, v: Array, begin: Sequence[int], end: Sequence[int], strides: Sequence[int] | None
) -> Array:
    """A copy of the data with a slice of it replaced."""
    steps = list(strides or ())
    cut = [slice(None)] * max(len(begin), len(end), len(steps))
    for n in range(len(cut)):
        first, last, step = (int(item[n]) if n < len(item) else None for item in (begin, end, steps))
        cut[n] = slice(first, last, step)
    result = data.copy()
    result[tuple(cut)] = v
    return result


def gather_python(data: Array, axis: int, indices: Array) -> Array:
    """The element at the index along an axis, for every place of the indices."""
    return np.take_along_axis(data, indices, axis)


def gather_nd_python(a_np: Array, indices_np: Array, batch_dims: int = 0) -> Array:
    """The elements at coordinates, which stand along the first dimension of the indices."""
    if not batch_dims:
        return a_np[tuple(indices_np.astype("int64"))]
    parts = [gather_nd_python(a_np[n], indices_np[:, n], batch_dims - 1) for n in range(a_np.shape[0])]
    return np.stack(parts)


def one_hot(indices: Array, on_value: Any, off_value: Any, depth: int, axis: int, dtype: str) -> Array:
    """A new dimension that holds the on value at the index, the off value elsewhere."""
    planes: list[Array] = [np.where(indices == n, on_value, off_value) for n in range(depth)]
    return np.stack(planes, axis).astype(dtype)


def sequence_mask(data: Array, valid_length: Array, mask_value: float, axis: int) -> Array:
    """A copy of the data, masked from each sequence's length on; axis 0 or 1 is that of time, the other the batch."""
    result = np.array(data)
    by_batch = np.moveaxis(result, 1 - axis, 0)
    for sequence, length in zip(by_batch, valid_length, strict=True):
        sequence[int(length) :] = mask_value
    return result


def matrix_set_diag(input_np: Array, diagonal: Array, k: int | Sequence[int] = 0, align: str = "RIGHT_LEFT") -> Array:
    """A copy of the matrices with one diagonal replaced, or a range of them."""
    low, high = (k, k) if isinstance(k, int) else (k[0], k[-1])
    above, below = align.split("_")
    result = input_np.copy()
    for offset in range(low, high + 1):
        values = diagonal if low == high else diagonal[..., high - offset, :]
        length = len(np.diagonal(np.empty(input_np.shape[-2:]), offset))
        at_the_end = low != high and (above if offset >= 0 else below) == "RIGHT"
        first = values.shape[-1] - length if at_the_end else 0
        for n in range(length):
            result[..., n + max(-offset, 0), n + max(offset, 0)] = values[..., first + n]
    return result


def searchsorted_ref(sorted_sequence: Array, values: Array, right: bool, out_dtype: str) -> Array:
    """Where each value belongs in its row, before equal elements or behind them."""
    side = "right" if right else "left"
    if sorted_sequence.ndim == 1:
        return np.searchsorted(sorted_sequence, values, side).astype(out_dtype)
    rows = sorted_sequence.reshape(-1, sorted_sequence.shape[-1])
    wanted = values.reshape(-1, values.shape[-1])
    found = [np.searchsorted(row, item, side) for row, item in zip(rows, wanted, strict=True)]
    return np.array(found, out_dtype).reshape(values.shape)


def batch_matmul(
    x: Array, y: Array, out_dtype: str | None = None, trans_x: bool = False, trans_y: bool = True
) -> Array:
    """Matrix products in batches, one of which may hold a single matrix; by default of ``y`` transposed."""
    left = x.swapaxes(1, 2) if trans_x else x
    right = y.swapaxes(1, 2) if trans_y else y
    dtype = out_dtype or x.dtype
    return np.matmul(left.astype(dtype), right.astype(dtype))
