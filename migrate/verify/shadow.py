"""Whether two programs are the same in real arithmetic: both computed in float64, whatever their own types are.

Their float64 results, the *shadows*, differ by the roundings of float64, and by those in narrower types of what one
side computed before it ran: numbers that only it holds, and what is computed of constants alone. A difference beyond
both is one of meaning: of an attribute, an operand, an operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from migrate.execution import interpret, typed
from migrate.values import Array, Value, leaves
from migrate.verify.bounds import largest, overflowed, ratios
from migrate.verify.condition import Condition
from migrate.verify.folding import Early, constants, numbers_of
from tensor_core import dtypes
from tensor_core.module import IRModule

SAME = 1e-9
"""Shadows that lie no further apart than this share of the output's scale are those of equal programs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two shadows differ most, in multiples of what is explained: all but ``place`` as shares of the scale."""

    output: int
    place: tuple[int, ...]
    found: float
    explained: float

    def __str__(self) -> str:
        at = f"output {self.output}" + (f" at {self.place}" if self.place else "")
        return (
            f"in float64 the sides lie {self.found:.2g} of the scale apart ({at}), "
            f"of which rounding explains {self.explained:.2g}"
        )


class Shadow:
    """A program in float64. ``native``: the outputs of a program of the same meaning in their own types."""

    def __init__(
        self,
        program: IRModule,
        args: Sequence[Value],
        native: Sequence[Array],
        entry: str = "main",
        exact: list[Array] | None = None,
    ) -> None:
        self._program, self._args, self._entry, self._native = typed(program), args, entry, native
        self._exact = exact

    @cached_property
    def exact(self) -> list[Array]:
        """The outputs, with the overflow of their own types."""
        if self._exact is not None:
            return self._exact
        found = leaves(interpret(self._program, self._args, self._entry, floats="float64"))
        same = len(found) == len(self._native)
        return [overflowed(*pair) for pair in zip(found, self._native, strict=True)] if same else found

    @property
    def smallest(self) -> list[float]:
        """For each output, below what its element type may lose bits."""
        found = [dtypes.from_numpy(array.dtype) for array in self._native]
        return [dtypes.smallest_normal(dtype) if dtypes.is_float(dtype) else 0.0 for dtype in found]

    @cached_property
    def numbers(self) -> frozenset[bytes]:
        """What tells the arrays apart that the program starts from."""
        return frozenset(map(numbers_of, (*constants(self._program), *leaves(tuple(self._args)))))

    def condition(self, shared: frozenset[bytes]) -> tuple[Condition, bool]:
        """How far what is rounded may move the outputs, and whether an operator jumps. ``shared``: the arrays that the
        other side holds, too.
        """
        early = Early(self._program, self._args, self._entry, shared)
        noises, jumps = early.observed()
        return Condition(self._program, early.args, self._entry, self._native, noises, rounded=early.rounded), jumps


def apart(left: Shadow, right: Shadow, open_: Sequence[Array]) -> float:
    """How far two shadows lie from each other, as a share of the scale. ``open_``: elements that are not compared.

    Infinite for results of another structure.
    """
    if [array.shape for array in left.exact] != [array.shape for array in right.exact]:
        return float("inf")
    worst = 0.0
    for ours, theirs, left_out in zip(left.exact, right.exact, open_, strict=True):
        unit = np.full(ours.shape, largest(ours) or 1.0)
        share = ratios(theirs.astype(np.float64), ours.astype(np.float64), unit)
        worst = max(worst, float(np.max(share[~left_out], initial=0.0)))
    return worst


def difference(left: Shadow, right: Shadow, open_: Sequence[Array]) -> Difference | None:
    """What no rounding explains; None where there is nothing, or nothing that can be compared."""
    if [array.shape for array in left.exact] != [array.shape for array in right.exact]:
        return None
    found = list(map(_distance, left.exact, right.exact, open_))
    limits = [SAME * largest(ours) + tiny for ours, tiny in zip(left.exact, left.smallest, strict=True)]
    wrong = [one > limit for one, limit in zip(found, limits, strict=True)]
    if not _any(wrong):
        return None
    (ours, a), (theirs, b) = left.condition(right.numbers), right.condition(left.numbers)
    bounds = [np.zeros(one.shape) for one in found]
    for pair in zip(ours.growing_spreads(), theirs.growing_spreads(), strict=True):
        bounds = [limit + x + y for limit, x, y in zip(limits, *pair, strict=True)]
        if not _any(wrong := [one > bound for one, bound in zip(found, bounds, strict=True)]):
            return None
    if a or b:
        for pair in zip(ours.growing_ties(), theirs.growing_ties(), strict=True):
            if not _any(wrong := [w & (one > x + y) for w, one, x, y in zip(wrong, found, *pair, strict=True)]):
                return None
    return _worst(left, found, bounds, wrong)


def _distance(ours: Array, theirs: Array, left_out: Array) -> Array:
    """How far floats lie apart; nothing where one is not finite, and for what is compared as it is."""
    if ours.dtype.kind != "f":
        return np.zeros(ours.shape)
    with np.errstate(all="ignore"):
        found = np.abs(theirs.astype(np.float64) - ours)
    return np.where(np.isfinite(found) & ~left_out, found, 0.0)


def _any(masks: Sequence[Array]) -> bool:
    return any(mask.any() for mask in masks)


def _worst(left: Shadow, found: Sequence[Array], bounds: Sequence[Array], wrong: Sequence[Array]) -> Difference:
    number = max(range(len(found)), key=lambda n: float(np.max(found[n] / bounds[n], where=wrong[n], initial=0.0)))
    shares = np.where(wrong[number], found[number] / bounds[number], 0.0)
    place = tuple(map(int, np.unravel_index(int(np.argmax(shares)), shares.shape)))
    scale = largest(left.exact[number]) or 1.0
    return Difference(number, place, float(found[number][place]) / scale, float(bounds[number][place]) / scale)
