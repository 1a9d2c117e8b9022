"""What became of a converted module, as data: of every op call and of every function; terminal and JSON forms are made
from it.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.report.shown import Shown
from tensor_core.diagnostics import Diagnostic, Severity
from tensor_core.spans import Span


class Outcome(enum.Enum):
    """How one op call of the source is said in the target.

    ``ADAPTED``: by its own operator, once, with operands or result brought into that operator's form (a cast,
    another order of dimensions); ``EXPANDED``: in several operators, or in none where the value is an operand's;
    ``SIZES``: its value is an expression over sizes.
    """

    DIRECT = "1:1"
    ADAPTED = "adapted"
    EXPANDED = "expanded"
    SIZES = "sizes"
    LIBRARY = "library"
    CALL_TIR = "call_tir"
    OPAQUE = "opaque"
    REFUSED = "refused"


NOT_SAID = (Outcome.OPAQUE, Outcome.REFUSED)
"""Outcomes of calls that the converted program cannot make: operators nobody knows, and what is refused."""


class Fate(enum.Enum):
    """What became of one function."""

    CONVERTED = "converted"
    REFUSED = "refused"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Conversion:
    """One op call: where it stands, what it became, and the reason when it is not 1:1.

    ``lossy`` says what the converted call computes differently, beyond rounding; empty where it is the same. ``made``
    are the variables of the target that were bound for it, its value last; a report written as data has none.
    """

    function: str
    op: str
    outcome: Outcome
    relax: tuple[str, ...]
    reason: str = ""
    span: Span | None = None
    lossy: str = ""
    made: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "function": self.function,
            "op": self.op,
            "outcome": self.outcome.value,
            "relax": list(self.relax),
            "reason": self.reason,
            "lossy": self.lossy,
            "span": _span(self.span),
        }


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something the source does not say and the converted program takes for granted.

    ``what``: what is assumed, as ``%x.shape[0] == %y.shape[0]``. ``why``: where it follows from, an option or an op.
    ``guard``: what stops the converted program when it does not hold, as ``match_cast``; empty when nothing does.
    """

    function: str
    what: str
    why: str = ""
    guard: str = ""
    span: Span | None = None

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "function": self.function,
            "what": self.what,
            "why": self.why,
            "guard": self.guard,
            "span": _span(self.span),
        }


@dataclass(frozen=True, slots=True)
class FunctionOutcome:
    """What became of one function of the source; ``name`` is its name in the target, empty where it is left out."""

    function: str
    fate: Fate
    name: str = ""
    reason: str = ""
    span: Span | None = None


@dataclass(slots=True)
class Report(Shown):
    """All conversions of one module in program order, and the diagnostics that came up.

    ``source`` is the language the module was in: "Relay", or "Relax 0.19"; ``target`` the release it is said for, and
    ``into`` the language: "Relax", or "Relay" on the way back.
    """

    target: str
    source: str = "Relay"
    into: str = "Relax"
    conversions: list[Conversion] = field(default_factory=list[Conversion])
    functions: list[FunctionOutcome] = field(default_factory=list[FunctionOutcome])
    assumptions: list[Assumption] = field(default_factory=list[Assumption])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    lifted: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Number of op calls by outcome; every outcome is a key."""
        return count(self.conversions)

    @property
    def unused(self) -> list[str]:
        """Polymorphic functions that nothing calls, which are left out."""
        return [item.function for item in self.functions if item.fate is Fate.UNUSED]

    @property
    def complete(self) -> bool:
        """Whether every function and every op call was converted: nothing was refused or kept opaque."""
        counts = self.counts
        return not (
            any(counts[outcome] for outcome in NOT_SAID)
            or any(item.fate is Fate.REFUSED for item in self.functions)
            or any(item.severity is Severity.ERROR for item in self.diagnostics)
        )

    @property
    def compromises(self) -> list[str]:
        """What a strict conversion does not put up with, beyond refusals: assumptions, lossy expansions, call_tir."""
        found = [f"assumes {item.what}" for item in self.assumptions]
        for (op, lossy), calls in Counter((item.op, item.lossy) for item in self.conversions if item.lossy).items():
            found.append(f"{op} ({_counted(calls)}) is not the same: {lossy}")
        through = Counter(item.op for item in self.conversions if item.outcome is Outcome.CALL_TIR)
        found += [f"{op} ({_counted(calls)}) is a tensor program (call_tir)" for op, calls in through.items()]
        return found

    def to_json(self) -> dict[str, Any]:
        """The machine form; docs/reference/report.schema.json describes it."""
        return {
            "source": self.source,
            "into": self.into,
            "target": self.target,
            "counts": _counts(self.conversions),
            "complete": self.complete,
            "compromises": self.compromises,
            "functions": self._functions(),
            "conversions": [item.to_json() for item in self.conversions],
            "assumptions": [item.to_json() for item in self.assumptions],
            "diagnostics": [item.to_json() for item in self.diagnostics],
            "renamed_parameters": dict(self.renamed),
            "lifted_constants": dict(self.lifted),
        }

    def _functions(self) -> list[dict[str, Any]]:
        calls: dict[str, list[Conversion]] = {item.function: [] for item in self.functions}
        for item in self.conversions:
            calls.setdefault(item.function, []).append(item)
        return [
            {
                "function": item.function,
                "outcome": item.fate.value,
                "name": item.name,
                "reason": item.reason,
                "span": _span(item.span),
                "counts": _counts(calls[item.function]),
            }
            for item in self.functions
        ]


def count(conversions: Iterable[Conversion]) -> dict[Outcome, int]:
    """Number of op calls by outcome; every outcome is a key."""
    found = Counter(item.outcome for item in conversions)
    return {outcome: found[outcome] for outcome in Outcome}


def _counted(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls} calls"


def _counts(conversions: Sequence[Conversion]) -> dict[str, int]:
    return {outcome.value: number for outcome, number in count(conversions).items()}


def _span(span: Span | None) -> str | None:
    return str(span) if span else None
