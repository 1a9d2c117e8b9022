"""What became of every op call of a converted module, as data; terminal, JSON and HTML forms are made from it."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tensor_core.diagnostics import Diagnostic
from tensor_core.spans import Span


class Outcome(enum.Enum):
    """How one Relay op call is said in Relax."""

    DIRECT = "1:1"
    EXPANDED = "expanded"
    LIBRARY = "library"
    CALL_TIR = "call_tir"
    OPAQUE = "opaque"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Conversion:
    """One op call: where it stands, what it became, and the reason when it is not 1:1."""

    function: str
    op: str
    outcome: Outcome
    relax: tuple[str, ...]
    reason: str = ""
    span: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "function": self.function,
            "op": self.op,
            "outcome": self.outcome.value,
            "relax": list(self.relax),
            "reason": self.reason,
            "span": str(self.span) if self.span else None,
        }


@dataclass(slots=True)
class Report:
    """All conversions of one module in program order, and the diagnostics that came up.

    ``unused``: polymorphic functions that nothing calls, which are left out.
    ``source`` is the language the module was in: "Relay", or "Relax 0.19"; ``target`` the Relax release it is said for.
    """

    target: str
    source: str = "Relay"
    conversions: list[Conversion] = field(default_factory=list[Conversion])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    lifted: dict[str, str] = field(default_factory=dict[str, str])
    unused: list[str] = field(default_factory=list[str])

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Number of op calls by outcome; every outcome is a key."""
        found = Counter(item.outcome for item in self.conversions)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def complete(self) -> bool:
        """Whether every op call was converted and nothing was refused or kept opaque."""
        counts = self.counts
        return not (counts[Outcome.OPAQUE] or counts[Outcome.REFUSED] or self.diagnostics)

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "source": self.source,
            "target": self.target,
            "counts": {outcome.value: number for outcome, number in self.counts.items()},
            "complete": self.complete,
            "conversions": [item.to_json() for item in self.conversions],
            "diagnostics": [item.to_json() for item in self.diagnostics],
            "renamed_parameters": dict(self.renamed),
            "lifted_constants": dict(self.lifted),
            "unused_functions": list(self.unused),
        }
