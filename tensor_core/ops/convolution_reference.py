"""Convolutions of numpy arrays, accumulated as :mod:`tensor_core.ops.contraction` says."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from tensor_core import dtypes
from tensor_core.ops import contraction, windows
from tensor_core.ops.convolution import Conv, in_blocks
from tensor_core.ops.rules import Array
from tensor_core.reference import NumpyFragment

_CHUNK_BYTES = 32 << 20


def reference(params: Conv, data: Array, weight: Array) -> Array:
    """The convolution of two arrays."""
    if params.is_blocked:
        return in_blocks(params, NumpyFragment(), data, weight)
    x = np.transpose(data, params.data_axes)
    w = np.transpose(weight, params.kernel_axes)
    if params.groups > 1 and w.shape[0] == params.groups == x.shape[1]:
        w = w.reshape(-1, 1, *w.shape[2:])
    dtype = contraction.result_dtype(params, dtypes.from_numpy(data.dtype))
    padded = windows.pad_array(x, range(2, x.ndim), windows.pairs(params.padding), 0)
    result = convolve(padded, w, params.strides, params.dilation, params.groups, dtype)
    return np.transpose(result, np.argsort(params.out_axes))


def convolve(x: Array, w: Array, strides: Sequence[int], dilation: Sequence[int], groups: int, dtype: str) -> Array:
    """A convolution of (batch, channel, *spatial) by (output, input, *spatial) arrays without padding."""
    kernel = w.shape[2:]
    wide = contraction.accumulator(x, w, dtype, prod(w.shape[1:]))
    x, w = contraction.prepare(x, dtype, wide), contraction.prepare(w, dtype, wide)
    out = [
        max(0, (size - (k - 1) * d - 1) // s + 1)
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilation, strict=True)
    ]
    if 0 in out:
        return np.zeros((x.shape[0], w.shape[0], *out), dtypes.to_numpy(dtype))
    view = windows.windows(x, out, kernel, strides, dilation)
    result = _depthwise(view, w, groups) if w.shape[1] == 1 else _grouped(view, w, groups)
    return contraction.finish(result, dtypes.to_numpy(dtype))


def _depthwise(view: Array, w: Array, groups: int) -> Array:
    """One input channel per group: a sum of scaled shifts."""
    batch, channels, *rest = view.shape
    count = w.ndim - 2
    out = rest[count:]
    result = np.zeros((batch, channels, w.shape[0] // groups, *out), view.dtype)
    scales = w.reshape(channels, w.shape[0] // channels, *w.shape[2:])
    for place in np.ndindex(*w.shape[2:]):
        shifted = view[(slice(None), slice(None), *place)]
        result += shifted[:, :, None] * scales[(..., *place)][(..., *(None,) * count)]
    return result.reshape(batch, w.shape[0], *out)


def _grouped(view: Array, w: Array, groups: int) -> Array:
    """A matrix product per group and image, over slabs of rows so that the columns stay small."""
    count = w.ndim - 2
    batch, channels, *rest = view.shape
    kernel, out = rest[:count], rest[count:]
    inner = channels // groups * prod(kernel)
    weights = np.ascontiguousarray(w).reshape(groups, w.shape[0] // groups, inner)
    result = np.empty((batch, groups, weights.shape[1], *out), view.dtype)
    row_bytes = max(1, channels * prod(kernel) * prod(out[1:]) * view.dtype.itemsize)
    step = max(1, _CHUNK_BYTES // row_bytes)
    for n in range(batch):
        for first in range(0, out[0], step):
            slab = view[(n, *(slice(None),) * (count + 1), slice(first, first + step))]
            rows = slab.shape[1 + count]
            columns = slab.reshape(groups, inner, rows * prod(out[1:]))
            product = np.matmul(weights, columns).reshape(groups, weights.shape[1], rows, *out[1:])
            result[n, :, :, first : first + rows] = product
    return result.reshape(batch, w.shape[0], *out)
