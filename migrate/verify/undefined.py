"""Which elements of a program's results TVM leaves to the build, the host or chance.

Cards say where an op's result is undefined; what follows from that for a program's results is measured: the program
runs again with other values in those places, and what changes is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, is_tuple, leaves
from migrate.verify.bounds import undefined_places
from migrate.verify.watch import Watch
from tensor_core.module import IRModule
from tensor_core.observed import OpCall


def undefined(program: IRModule, args: Sequence[Value], expected: Sequence[Array], entry: str = "main") -> list[Array]:
    """For each result of ``entry`` on ``args``, which elements are undefined.

    ``expected``: what its interpreter gave.
    """
    other = _Substitution()
    changed = leaves(interpret(program, args, entry, observe=other.observe, observe_call=other.observe_call))
    if not other.found:
        return nowhere(expected)
    return [
        _differs(a, b) if a.shape == b.shape else np.ones(a.shape, bool) for a, b in zip(expected, changed, strict=True)
    ]


def nowhere(expected: Sequence[Array]) -> list[Array]:
    """No element of any result."""
    return [np.zeros(array.shape, bool) for array in expected]


class _Substitution(Watch):
    """Puts other values where the result of a call is undefined."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def called(self, node: Any, call: OpCall, value: Value) -> Value | None:
        del node
        masks = undefined_places(call)
        if not any(mask.any() for mask in masks):
            return None
        self.found = True
        if not is_tuple(value):
            return _replaced(value, masks[0])
        each = masks if len(masks) == len(value) else masks * len(value)
        return tuple(_replaced(item, mask) for item, mask in zip(value, each, strict=True))


def _replaced(value: Array, mask: Any) -> Array:
    other = np.subtract(np.asarray(-1, value.dtype), value) if value.dtype.kind not in "biu" else np.invert(value)
    return np.where(mask, other, value).astype(value.dtype)


def _differs(a: Array, b: Array) -> Array:
    return np.asarray((a != b) & ~(_is_nan(a) & _is_nan(b)))


def _is_nan(array: Array) -> Array:
    return np.asarray(array != array)
