"""Whether two programs are the same in real arithmetic: both computed in float64, whatever their own types are.

Their float64 results differ by the roundings of float64 only, so that a difference of another size is one of meaning:
of an attribute, an operand, a constant that was folded in a narrower type.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, leaves
from migrate.verify.bounds import largest, ratios
from tensor_core.module import IRModule

SAME = 1e-9
"""Shadows that lie no further apart than this share of the output's scale are those of equal programs."""


def apart(exact: Sequence[Array], right: IRModule, args: Sequence[Value], entry: str, open_: Sequence[Array]) -> float:
    """How far the float64 shadow of ``right`` lies from ``exact``, that of the other side, as a share of the scale.

    ``open_``: elements that are not compared. Infinite for results of another structure.
    """
    other = leaves(interpret(right, args, entry, floats="float64"))
    if [array.shape for array in other] != [array.shape for array in exact]:
        return float("inf")
    worst = 0.0
    for ours, theirs, left_out in zip(exact, other, open_, strict=True):
        unit = np.full(ours.shape, largest(ours) or 1.0)
        share = ratios(theirs.astype(np.float64), ours.astype(np.float64), unit)
        worst = max(worst, float(np.max(share[~left_out], initial=0.0)))
    return worst
