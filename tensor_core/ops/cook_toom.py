"""The matrices of Cook's and Toom's algorithm: a convolution of a kernel with a tile by products of transforms.

With ``m`` results and a kernel of ``r`` there are ``m + r - 1`` products: the results are
``after @ ((kernel @ weight) * (before @ tile))``. The points are those of TVM 0.19 (topi.nn.winograd_util), from
arXiv 1803.10986.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array

_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
_ODD = (Fraction(3, 4), Fraction(-4, 3))
_FIRST = (0, -1, 1, _HALF, -_HALF, 2, -2, -_QUARTER)
_POINTS: dict[int, tuple[Fraction | int, ...]] = {
    3: (0, -1, 1),
    4: (0, -1, 1, _HALF),
    5: (0, -1, 1, _HALF, -2),
    6: (0, -1, 1, _HALF, -2, -_HALF),
    7: _FIRST[:7],
    8: _FIRST,
    9: (*_FIRST, 4),
    10: (*_FIRST, *_ODD),
    11: (*_FIRST, 4, *_ODD),
    12: (*_FIRST, 4, *_ODD, _QUARTER),
    13: (*_FIRST, 4, _QUARTER, -_ODD[0], -_ODD[1], -4),
}
"""Interpolation points by their number, beside the one at infinity."""


class Matrices(NamedTuple):
    """``kernel`` (m + r - 1, r), ``before`` (m + r - 1, m + r - 1) and ``after`` (m, m + r - 1), in float64."""

    kernel: Array
    before: Array
    after: Array


@lru_cache
def matrices(tile_size: int, kernel: int) -> Matrices:
    """The matrices for tiles of so many results; Reject for extents without points."""
    if not (1 < tile_size < 9 and 2 < kernel < 8):
        raise Reject(f"there is no transformation for tiles of {tile_size} and kernels of {kernel}")
    points = [Fraction(point) for point in _POINTS[tile_size + kernel - 2]]
    scales = [_denominator(points, n) for n in range(len(points))]
    size = len(points) + 1
    # A power of the points, as the kernel's transform has it, times the tile's gives that element of the tile.
    powers = [[point**n / scale for point, scale in zip(points, scales, strict=True)] for n in range(size)]
    whole = [[*row, Fraction(int(n == size - 1))] for n, row in enumerate(powers)]
    rows = [[point**n / scale for n in range(kernel)] for point, scale in zip(points, scales, strict=True)]
    after = [[*(point**n for point in points), Fraction(int(n == tile_size - 1))] for n in range(tile_size)]
    return Matrices(
        _array([*rows, [Fraction(int(n == kernel - 1)) for n in range(kernel)]]), _array(_inverse(whole)), _array(after)
    )


def _denominator(points: Sequence[Fraction], n: int) -> Fraction:
    value = prod((points[n] - other for m, other in enumerate(points) if m != n), start=Fraction(1))
    return abs(value) if n == 0 else value


def _inverse(matrix: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    size = len(matrix)
    rows = [[*row, *(Fraction(int(n == m)) for m in range(size))] for n, row in enumerate(matrix)]
    for column in range(size):
        pivot = next(n for n in range(column, size) if rows[n][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for n in range(size):
            factor = rows[n][column]
            if n != column and factor:
                rows[n] = [a - factor * b for a, b in zip(rows[n], rows[column], strict=True)]
    return [row[size:] for row in rows]


def _array(rows: Sequence[Sequence[Fraction]]) -> Array:
    return np.array([[float(value) for value in row] for row in rows])
