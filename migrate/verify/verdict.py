"""What a comparison found, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from migrate.report.shown import Shown
from migrate.values import Array
from migrate.verify.algebra import Algebra
from tensor_core.spans import Span


class Outcome(enum.Enum):
    """From the strongest statement to the weakest."""

    PROVED = "proved"
    EXACT = "exact"
    WITHIN_BOUND = "within bound"
    DIFFERENT = "different"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class OutputComparison:
    """One leaf of the results end to end. ``error`` and ``bound`` are absolute maxima, ``scale`` the largest
    magnitude. ``why``: what the bound comes from, in words.
    """

    index: int
    error: float
    bound: float
    scale: float
    why: str = ""

    @property
    def relative_bound(self) -> float:
        """The bound relative to the output's scale."""
        return self.bound / self.scale if self.scale else 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """One op call of the left side, in the order of evaluation: its largest error on the left side's own inputs, the
    largest bound, and the largest ratio of both. ``agrees`` is None where nothing on the right stands
    for it, or only what reads wrong values; then ``error`` and ``ratio`` are zero. ``place``: where it came from, or
    else stands; ``span`` where it stands, ``right`` where on the right side that stands which was compared with it.
    """

    number: int
    op: str
    place: str
    error: float
    bound: float
    ratio: float
    agrees: bool | None
    span: Span | None = None
    right: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "number": self.number,
            "op": self.op,
            "place": self.place,
            "error": self.error,
            "bound": self.bound,
            "ratio": self.ratio if np.isfinite(self.ratio) else "infinite",
            "agrees": self.agrees,
            "span": str(self.span) if self.span else None,
            "right": str(self.right) if self.right else None,
        }


@dataclass(frozen=True, slots=True)
class Witness:
    """The first op whose result is wrong although its inputs are right.

    ``left`` and ``right`` describe the op on each side; ``ratio`` is its error in multiples of the admitted bound;
    ``position`` the worst element, ``expected`` and ``got`` its values. ``inputs`` are the op's own argument arrays,
    ``node`` the left side's expression or binding.
    """

    op: str
    left: str
    right: str
    ratio: float
    position: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    span: Span | None = None
    inputs: tuple[Any, ...] = field(default=(), repr=False)
    node: Any = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """The op on both sides."""
        return f"{self.left} -> {self.right}" if self.right else self.left

    def to_json(self) -> dict[str, Any]:
        """The machine form; arrays are left out."""
        return {
            "op": self.op,
            "left": self.left,
            "right": self.right,
            "ratio": self.ratio if np.isfinite(self.ratio) else "infinite",
            "position": list(self.position) if self.position is not None else None,
            "expected": self.expected,
            "got": self.got,
            "span": str(self.span) if self.span else None,
        }


@dataclass(frozen=True, slots=True)
class Verdict(Shown):
    """The result of a verification. ``bool(verdict)`` is True when the sides are equivalent.

    ``interpreted`` says which side ran on its numpy interpreter because it has no compiled form, and why;
    ``by_reference`` names the operators and kernels that ran by their numpy reference inside of compiled programs.
    ``unproven``: the operators without evidence from outside that the verdict rests on; only those of a proof are
    listed. ``redrawn``: how many sets of drawn arguments decided nothing before these. ``shadow``: how far the sides
    lie from each other in float64, as a share of the scale; None where that was not computed. ``algebra``: what exact
    arithmetic modulo a prime says; None where it was not asked.
    """

    outcome: Outcome
    reason: str
    outputs: tuple[OutputComparison, ...] = ()
    compared: int = 0
    total: int = 0
    worst: float = 0.0
    witness: Witness | None = None
    seed: int | None = None
    interpreted: tuple[str, ...] = ()
    by_reference: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    redrawn: int = 0
    shadow: float | None = None
    algebra: Algebra | None = None
    layers: tuple[Layer, ...] = ()
    inputs: dict[str, Array] = field(default_factory=dict[str, Array], repr=False)

    def __bool__(self) -> bool:
        return self.outcome in (Outcome.PROVED, Outcome.EXACT, Outcome.WITHIN_BOUND)

    def to_json(self, *, layers: bool = False) -> dict[str, Any]:
        """The machine form; arrays are left out, and without ``layers`` the table of all op calls."""
        found = {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "ops_compared": self.compared,
            "ops_total": self.total,
            "worst_ratio_to_bound": self.worst,
            "seed": self.seed,
            "redrawn": self.redrawn,
            "float64_difference": self.shadow,
            "exact_arithmetic": None if self.algebra is None else self.algebra.to_json(),
            "unproven": list(self.unproven),
            "interpreted": list(self.interpreted),
            "by_reference": list(self.by_reference),
            "outputs": [
                {"index": o.index, "error": o.error, "bound": o.bound, "scale": o.scale, "why": o.why}
                for o in self.outputs
            ],
            "witness": None if self.witness is None else self.witness.to_json(),
        }
        return {**found, "layers": [layer.to_json() for layer in self.layers]} if layers else found
