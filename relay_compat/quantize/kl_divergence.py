"""The bound of values that loses least when they are quantized (tvm.relay.quantize.kl_divergence in TVM 0.19).

For every symmetric bound, the distribution of the values within it, what lies beyond counted at its ends, is compared
with their quantized distribution; the bound of the least Kullback-Leibler divergence wins. Computed in float32, as TVM.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_F32 = np.float32


def scale_by_kl(values: Array, num_bins: int = 8001, num_quantized_bins: int = 255) -> float:
    """The bound for values of any shape; 8001 bins are those of TVM's calibration."""
    most = max(abs(np.min(values)), abs(np.max(values)))
    histogram, edges = np.histogram(values, bins=num_bins, range=(-most, most))
    counts = histogram.astype(np.int64)
    middle, half = num_bins // 2, num_quantized_bins // 2
    places = range(half, middle + 1)
    losses = [_loss(counts, middle - i, middle + i + 1, num_quantized_bins) for i in places]
    return float(_F32(edges[middle + places[int(np.argmin(losses))] + 1]))


def _loss(counts: Array, start: int, stop: int, quantized: int) -> float:
    inside = counts[start:stop].copy()
    # What lies at the lower end and below it counts there, and not as a value.
    inside[0] = 0
    p = inside.astype(_F32)
    p[0], p[-1] = counts[: start + 1].sum(), counts[stop - 1 :].sum()
    merged = len(inside) // quantized
    ends = [n * merged for n in range(quantized)] + [len(inside)]
    q = np.zeros(len(inside), _F32)
    for first, last in pairwise(ends):
        part = inside[first:last]
        there = int(np.count_nonzero(part))
        if there:
            q[first:last] = np.where(p[first:last] != 0, _F32(_F32(part.sum()) / _F32(there)), _F32(0))
    left, right = _smoothed(p), _smoothed(q)
    if right is None:
        return float("inf")
    if left is None:
        return 0.0
    left, right = left / _total(left), right / _total(right)
    return float(_total(left * np.log(left / right)))


def _total(values: Array) -> Any:
    """The sum, one after the other, as TVM adds: the least divergence may hang on it."""
    return np.cumsum(values, dtype=_F32)[-1]


def _smoothed(values: Array, eps: float = 0.0001) -> Array | None:
    """Without zeros, whose share the others give; None where they cannot."""
    zeros = int(np.count_nonzero(values == 0))
    others = len(values) - zeros
    if not others:
        return None
    share = _F32(_F32(eps) * _F32(zeros) / _F32(others))
    if share >= 1:
        return None
    return values + np.where(values == 0, _F32(eps), -share).astype(_F32)
