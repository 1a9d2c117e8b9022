"""Whether a sum of a run may overflow on its way: the terms fit in one order, and not in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.execution import interpret
from migrate.values import Value, leaves
from migrate.verify.bounds import endless, magnitudes, overflowing, sums_up
from migrate.verify.watch import Watch
from tensor_core.module import IRModule
from tensor_core.observed import OpCall


def may_overflow(program: IRModule, args: Sequence[Value], entry: str = "main") -> bool:
    """Whether the sum of the magnitudes of some finite sum's terms is beyond what its element type holds, or a term of
    one that is not finite is infinite: its order says which of NaN and infinity it is.
    """
    sums = _Sums()
    interpret(program, args, entry, observe=sums.observe, observe_call=sums.observe_call)
    return sums.found


class _Sums(Watch):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def called(self, node: Any, call: OpCall, value: Value) -> None:
        del node
        if not self.found and sums_up(call):
            magnitude = magnitudes(call)
            masks = (*overflowing(magnitude, value, value), *map(endless, leaves(magnitude), leaves(value)))
            self.found = any(mask.any() for mask in masks)
