"""Whether a sum of a run may overflow on its way: the terms fit in one order, and not in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, leaves
from migrate.verify.watch import Watch
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.observed import OpCall
from tensor_core.ops.card import Rounding
from tensor_core.reference import value_as


def may_overflow(program: IRModule, args: Sequence[Value], entry: str = "main") -> bool:
    """Whether the sum of the magnitudes of some finite sum's terms is beyond what its element type holds."""
    sums = _Sums()
    interpret(program, args, entry, observe=sums.observe, observe_call=sums.observe_call)
    return sums.found


class _Sums(Watch):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def called(self, node: Any, call: OpCall, value: Value) -> None:
        del node
        model = call.card.error
        if self.found or not isinstance(model, Rounding) or not model.factor or model.magnitude is None:
            return
        with np.errstate(all="ignore"):
            magnitudes = model.magnitude(call.params, *(value_as("float64", arg) for arg in call.args))
        pairs = zip(leaves(value), leaves(magnitudes), strict=True)
        self.found = any(_is_beyond(result, magnitude) for result, magnitude in pairs)


def _is_beyond(result: Array, magnitude: Array) -> bool:
    dtype = dtypes.from_numpy(result.dtype)
    if not dtypes.is_float(dtype):
        return False
    with np.errstate(all="ignore"):
        return bool(np.any((magnitude > dtypes.highest(dtype)) & np.isfinite(result.astype(np.float64))))
