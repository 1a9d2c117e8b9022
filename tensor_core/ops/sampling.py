"""Bilinear samples of images at places between their elements, as detail::bilinear_sample_nchw of TVM 0.19's topi."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensor_core import prim
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr

At = Callable[..., PrimExpr]
"""The element of one image at integer coordinates, one for each spatial dimension."""


def bilinear(images: Array, places: Sequence[Array]) -> Array:
    """``images`` is (..., *spatial), ``places`` one array of coordinates for each spatial dimension, in its own shape,
    which follows the leading dimensions in the result. What lies outside counts as zero.
    """
    count = len(places)
    low = [np.floor(place) for place in places]
    rest = [place - whole for place, whole in zip(places, low, strict=True)]
    lead = images.ndim - count
    result = np.zeros((*images.shape[:lead], *np.broadcast_shapes(*(place.shape for place in places))), images.dtype)
    for corner in np.ndindex(*(2,) * count):
        weight = np.ones((), images.dtype)
        for bit, part in zip(corner, rest, strict=True):
            weight = weight * (part if bit else 1 - part)
        index = [whole + bit for whole, bit in zip(low, corner, strict=True)]
        result += weight * inside(images, index)
    return result.astype(images.dtype)


def inside(images: Array, index: Sequence[Array]) -> Array:
    """The elements at whole coordinates, zero outside."""
    sizes = images.shape[images.ndim - len(index) :]
    valid = np.ones((), bool)
    whole: list[Array] = []
    for place, size in zip(index, sizes, strict=True):
        valid = valid & (place >= 0) & (place <= size - 1)
        whole.append(np.clip(np.nan_to_num(place), 0, max(size - 1, 0)).astype(np.int64))
    return np.where(valid, images[(..., *np.broadcast_arrays(*whole))], images.dtype.type(0))


def bilinear_element(at: At, places: Sequence[PrimExpr], sizes: Sequence[Dim]) -> PrimExpr:
    """:func:`bilinear` for one element of a tensor program."""
    dtype = places[0].dtype
    low = [prim.intrinsic("floor", place) for place in places]
    rest = [place - whole for place, whole in zip(places, low, strict=True)]
    total: PrimExpr | None = None
    for corner in np.ndindex(*(2,) * len(places)):
        weight: PrimExpr | None = None
        index, valid = list[PrimExpr](), list[PrimExpr]()
        for bit, part, whole, size in zip(corner, rest, low, sizes, strict=True):
            factor = part if bit else prim.const(1, dtype) - part
            weight = factor if weight is None else weight * factor
            place = whole.astype("int64") + bit
            valid += [place >= 0, place < as_expr(size)]
            index.append(place)
        assert weight is not None
        term = prim.if_then_else(prim.all_of(valid), weight * at(*index), 0)
        total = term if total is None else total + term
    assert total is not None
    return total
