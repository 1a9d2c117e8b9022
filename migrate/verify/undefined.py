"""Which elements of a Relay program's results TVM leaves to the build, the host or chance.

Cards say where an op's result is undefined; what follows from that for a program's results is measured: the program
runs again with other values in those places, and what changes is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

import relay_compat.ir.expr as relay
from migrate.values import Array, Value, is_tuple, leaves
from migrate.verify.uncertain import read
from relay_compat.interpret import evaluate
from tensor_core.module import IRModule


def undefined(program: IRModule, args: Sequence[Value], expected: Sequence[Array], entry: str = "main") -> list[Array]:
    """For each result of ``entry`` on ``args``, which elements are undefined.

    ``expected``: what its interpreter gave.
    """
    other = _Substitution()
    changed = leaves(evaluate(program, args, entry, observe=other.observe, observe_call=other.observe_call))
    if not other.found:
        return [np.zeros(array.shape, bool) for array in expected]
    return [
        _differs(a, b) if a.shape == b.shape else np.ones(a.shape, bool) for a, b in zip(expected, changed, strict=True)
    ]


class _Substitution:
    """Puts other values where the result of a call is undefined."""

    def __init__(self) -> None:
        self.found = False
        self._masks: dict[Any, Any] = {}

    def observe_call(self, call: relay.Call, args: tuple[Value, ...]) -> None:
        card = call.op.card if isinstance(call.op, relay.Op) else None
        if card is None or card.undefined is None:
            return
        with np.errstate(all="ignore"):
            masks = card.undefined(read(call)[1], *args)
        if any(map(np.any, cast("tuple[Array, ...]", masks if isinstance(masks, tuple) else (masks,)))):
            self._masks[call] = masks
            self.found = True

    def observe(self, node: Any, value: Value) -> Value | None:
        masks = self._masks.pop(node, None)
        if masks is None:
            return None
        if not is_tuple(value):
            return _replaced(value, masks)
        each = cast("tuple[Any, ...]", masks if isinstance(masks, tuple) else (masks,) * len(value))
        return tuple(_replaced(item, mask) for item, mask in zip(value, each, strict=True))


def _replaced(value: Array, mask: Any) -> Array:
    other = np.subtract(np.asarray(-1, value.dtype), value) if value.dtype.kind not in "biu" else np.invert(value)
    return np.where(mask, other, value).astype(value.dtype)


def _differs(a: Array, b: Array) -> Array:
    return np.asarray((a != b) & ~(_is_nan(a) & _is_nan(b)))


def _is_nan(array: Array) -> Array:
    return np.asarray(array != array)
