"""What a comparison found, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from migrate.values import Array
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
    magnitude.
    """

    index: int
    error: float
    bound: float
    scale: float

    @property
    def relative_bound(self) -> float:
        """The bound relative to the output's scale."""
        return self.bound / self.scale if self.scale else 0.0


@dataclass(frozen=True, slots=True)
class Witness:
    """The first op whose result is wrong although its inputs are right.

    ``left`` and ``right`` describe the op on each side; ``ratio`` is its error in multiples of the admitted bound;
    ``position`` the worst element, ``expected`` and ``got`` its values. ``inputs`` are the op's own argument arrays,
    ``node`` the Relay call.
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a verification. ``bool(verdict)`` is True when the sides are equivalent.

    ``interpreted`` says which side ran on its numpy interpreter because it has no compiled form, and why;
    ``by_reference`` names the operators and kernels that ran by their numpy reference inside of compiled programs.
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
    inputs: dict[str, Array] = field(default_factory=dict[str, Array], repr=False)

    def __bool__(self) -> bool:
        return self.outcome in (Outcome.PROVED, Outcome.EXACT, Outcome.WITHIN_BOUND)

    def to_json(self) -> dict[str, Any]:
        """The machine form; arrays are left out."""
        witness = self.witness
        return {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "ops_compared": self.compared,
            "ops_total": self.total,
            "worst_ratio_to_bound": self.worst,
            "seed": self.seed,
            "interpreted": list(self.interpreted),
            "by_reference": list(self.by_reference),
            "outputs": [{"index": o.index, "error": o.error, "bound": o.bound, "scale": o.scale} for o in self.outputs],
            "witness": None
            if witness is None
            else {
                "op": witness.op,
                "left": witness.left,
                "right": witness.right,
                "ratio": witness.ratio if np.isfinite(witness.ratio) else "infinite",
                "position": list(witness.position) if witness.position is not None else None,
                "expected": witness.expected,
                "got": witness.got,
                "span": str(witness.span) if witness.span else None,
            },
        }
