"""Factors along the axes of a tensor: what the passes of both IRs ask that fold them into weights."""

from __future__ import annotations

from typing import NamedTuple

from tensor_core import shapes
from tensor_core.shapes import Dim, Shape


class Scaling(NamedTuple):
    """The axes of a scale in ascending order; ``positive``: it must be, because something like relu is between;
    ``divides``: something is divided by it.
    """

    axes: tuple[int, ...]
    positive: bool = False
    divides: bool = False


def broadcasts_along(left: Shape, right: Shape, axes: tuple[int, ...]) -> bool:
    """Whether ``right`` has the extents of ``left`` along the axes, and one everywhere else."""
    ahead = len(left) - len(right)
    if ahead < 0:
        return False
    for axis, dim in enumerate(left):
        other = right[axis - ahead] if axis >= ahead else None
        if axis in axes:
            if other is None or not _same(dim, other):
                return False
        elif other is not None and not _same(other, 1):
            return False
    return True


def _same(left: Dim, right: Dim) -> bool:
    return left is right or shapes.prove_equal(left, right)
