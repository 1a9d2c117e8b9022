"""Shapes as values (tvm.runtime.ShapeTuple; tvm_ffi.Shape since TVM 0.22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast


class ShapeTuple(tuple[int, ...]):
    """A shape; it equals any sequence of the same numbers. TypeError for anything but ints."""

    __slots__ = ()

    def __new__(cls, shape: Sequence[Any]) -> ShapeTuple:
        if not all(isinstance(dim, int) for dim in shape):
            raise TypeError(f"Expect int type, but received: {shape}")
        return super().__new__(cls, shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list | tuple) and super().__eq__(tuple(cast("Sequence[Any]", other)))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return super().__hash__()
