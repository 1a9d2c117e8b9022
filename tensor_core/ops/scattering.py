"""What scatter_elements and scatter_nd share: how an update is joined with the element it meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr

UPDATE, ADD, MUL, MEAN, MIN, MAX = "update", "add", "mul", "mean", "min", "max"


def join(mode: str, old: Array, new: Array) -> Array:
    """Elements after the updates, in the elements' own type; ``mean`` is that of the two, not of all updates.

    ValueError for a mode that is unknown, and for the mean of integers, which TVM 0.19 cannot compile.
    """
    match mode:
        case "update":
            return new.astype(old.dtype)
        case "add":
            return old + new
        case "mul":
            return old * new
        case "mean" if old.dtype.kind not in "iub":
            return np.asarray((old + new) / old.dtype.type(2))
        case "min":
            return np.where(old < new, old, new)
        case "max":
            return np.where(old > new, old, new)
        case _:
            raise ValueError(f"{old.dtype} cannot be scattered with {mode!r}")


def _replace(_old: PrimExpr, new: PrimExpr) -> PrimExpr:
    return new


_JOINS: dict[str, Callable[[PrimExpr, PrimExpr], PrimExpr]] = {
    UPDATE: _replace,
    ADD: lambda old, new: old + new,
    MUL: lambda old, new: old * new,
    MEAN: lambda old, new: prim.Div(old + new, prim.const(2, old.dtype)),
    MIN: prim.Min,
    MAX: prim.Max,
}


def turned_around(f: Fragment[Any], indices: Any, last: bool) -> Any:
    """Indices as int64 with their last dimension in front, or their first one at the end."""
    type_ = f.tensor_type(indices)
    rank = type_.rank
    if rank > 1:
        indices = f.call("transpose", indices, axes=(rank - 1, *range(rank - 1)) if last else (*range(1, rank), 0))
    return indices if type_.dtype == "int64" else f.call("cast", indices, dtype="int64")


def joined(mode: str, old: PrimExpr, new: PrimExpr) -> PrimExpr:
    """One element after an update."""
    if mode not in _JOINS or (mode == MEAN and not dtypes.is_float(old.dtype)):
        raise Reject(f"{old.dtype} cannot be scattered with {mode!r}")
    return _JOINS[mode](old, new.astype(old.dtype))
