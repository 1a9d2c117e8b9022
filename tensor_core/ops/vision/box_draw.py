"""Drawing boxes with scores and classes, and regions of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.draw import Draw
from tensor_core.ops.rules import Array

UNIT = Domain(0.0, 1.0)
VALID = Domain(-0.25, 1.0)
"""Rows of boxes: classes and scores below zero are none."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where class, score and coordinates stand in a row of so many numbers; a negative ``id_index``: no classes."""

    id_index: int
    score_index: int
    coord_start: int
    width: int


def row(d: Draw) -> Row:
    """A form of rows."""
    return d.one_of(Row(0, 1, 2, 6), Row(-1, 0, 1, 5), Row(5, 4, 0, 6), Row(-1, 1, 2, 6), Row(1, 0, 3, 7))


def number(d: Draw, dtype: str, *among: float) -> Array:
    """One of these numbers, as a scalar or a vector of one."""
    kind: Any = dtypes.to_numpy(dtype)
    value = np.asarray(d.one_of(*among), kind)
    return value.reshape(1) if d.flag() else value


def regions(d: Draw, images: int, dtype: str) -> Array:
    """Regions (image, x1, y1, x2, y2), some of which reach out of their image."""
    rows: list[Sequence[float]] = []
    for _ in range(d.integer(1, 3)):
        left, top = (d.integer(-4, 12) / 4 for _ in range(2))
        rows.append((d.integer(0, images - 1), left, top, left + d.integer(1, 16) / 4, top + d.integer(1, 16) / 4))
    kind: Any = dtypes.to_numpy(dtype)
    return np.asarray(rows, kind)


def nearest(*distances: Array) -> Array:
    """The least of some distances from edges, of either sign; infinite where there are none."""
    return np.min([np.abs(item).min(initial=np.inf) for item in distances])


def between(values: Array) -> Array:
    """The distances of neighbours among the sorted numbers of the last dimension: none is nearer to another."""
    return np.diff(np.sort(values))
