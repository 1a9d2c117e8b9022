"""Orders of elements along an axis, as the sorting operators share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core.ops import rules
from tensor_core.ops.card import Value
from tensor_core.ops.rules import Array
from tensor_core.types import Type


def order(x: Array, axis: int, ascending: bool) -> Array:
    """The positions that sort ``x`` along an axis; equal elements stay in their order, also descending."""
    axis = rules.axis(axis, x.ndim)
    if ascending:
        return np.argsort(x, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> dict[str, Any]:
    """Relax's ``descending`` as ``is_ascend``."""
    return {"axis": attrs["axis"], "is_ascend": not attrs["descending"]}


def write_relax(params: Any, _types: Sequence[Type]) -> dict[str, Value]:
    """``is_ascend`` as Relax's ``descending``."""
    return {"axis": params.axis, "descending": not params.is_ascend}
