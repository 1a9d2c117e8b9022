"""Which elements of arrays can be made plainer: shared by both IRs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from migrate.values import Array
from migrate.verify.reduce.arrays import ranks
from tensor_core import dtypes

_PARTS = 64
"""Into how many parts the elements of an array are cut at most."""


class Part(NamedTuple):
    """Elements ``start`` to ``stop`` of the array number ``array``."""

    array: int
    start: int
    stop: int


def parts_above(arrays: Sequence[Array], rank: int) -> list[Part]:
    """Parts with an element that is less plain than ``rank`` (see :func:`~migrate.verify.reduce.arrays.ranks`)."""
    return [part for number, array in enumerate(arrays) for part in _parts(number, array, rank)]


def _parts(number: int, array: Array, rank: int) -> Iterator[Part]:
    if array.dtype == object or array.size == 0:
        return
    found = ranks(array).reshape(-1)
    step = max(1, -(-array.size // _PARTS))
    for start in range(0, array.size, step):
        if (found[start : start + step] > rank).any():
            yield Part(number, start, min(start + step, array.size))


def plainer(arrays: Sequence[Array], parts: Sequence[Part], rank: int) -> list[Array]:
    """The arrays with the parts made as plain as ``rank``: zeros, ones, or small integers."""
    made = list(arrays)
    for number in dict.fromkeys(part.array for part in parts):
        array = made[number].copy()
        flat = array.reshape(-1)
        for part in parts:
            if part.array == number:
                flat[part.start : part.stop] = _plain(flat[part.start : part.stop], rank)
        made[number] = array
    return made


def _plain(values: Array, rank: int) -> Array:
    if rank < 2:
        return np.full(values.shape, rank, values.dtype)
    if not dtypes.is_float(dtypes.from_numpy(values.dtype)):
        return np.clip(values, max(-12, int(np.iinfo(values.dtype).min)), 12) if values.dtype.kind in "iu" else values
    wide = np.nan_to_num(values.astype(np.float64), nan=2.0, posinf=12.0, neginf=-12.0)
    return np.clip(np.round(wide), -12, 12).astype(values.dtype)


def cut_to(array: Array, sizes: Mapping[int, int], last: bool = False) -> Array:
    """The array with each axis of one of the sizes cut to what that becomes: to its first elements or its last."""
    for axis, size in enumerate(array.shape):
        wanted = sizes.get(size, size)
        if wanted < size:
            kept = slice(size - wanted, size) if last else slice(wanted)
            array = array[(slice(None),) * axis + (kept,)]
    return np.ascontiguousarray(array).reshape(array.shape)
