"""The report of one model as data: both texts, what every call became, what a verification says of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from migrate.forward.convert import convert
from migrate.report.model import Conversion, Outcome, Report
from migrate.report.page import verdicts
from migrate.report.page.folds import folds
from migrate.report.page.links import Place, by_conversion, place
from migrate.report.page.relax_bindings import RelaxBinding, relax_bindings
from migrate.report.page.relay_calls import RelayCall, relay_calls
from migrate.report.page.sides import Side, relax_side_of
from tensor_core.codes import catalogue

CONVERTED = "converted.py"
"""What a script is called that was made for a report."""
LEFT_OUT = "left out"
"""What a call is that no conversion speaks of: its function is left out, or nothing uses its value."""
FUNCTION_CALL = "call"
"""What a call of a function is, which is no operator."""
_WORST_FIRST = (
    Outcome.REFUSED,
    Outcome.OPAQUE,
    Outcome.CALL_TIR,
    Outcome.LIBRARY,
    Outcome.EXPANDED,
    Outcome.SIZES,
    Outcome.ADAPTED,
    Outcome.DIRECT,
)


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A conversion to look at. ``calls`` are those of the left program in the order of evaluation; ``conversions`` what
    became of each (of a function that was copied, the one that asks most of a person), ``right_lines`` the lines on the
    right that say it, ``judged`` what a verification found, each by number of a call.
    """

    left: Side
    right: Side
    report: Report
    calls: Sequence[RelayCall]
    conversions: Mapping[int, Conversion]
    right_lines: Mapping[int, Sequence[int]]
    verdict: Mapping[str, Any] | None = None
    judged: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])

    def judged_by(self, verdict: Mapping[str, Any]) -> ModelReport:
        """The report with a verification, given in its machine form with layers (``verdict.to_json(layers=True)``)."""
        places = _places(self.calls)
        lines = dict(self.right_lines)
        _tie_by_values(lines, verdict, places)
        judged = verdicts.by_call(verdict, self.calls, places)
        return replace(self, right_lines=lines, verdict=verdict, judged=judged)

    def outcome(self, number: int) -> str:
        """What became of a call, in a word."""
        made = self.conversions.get(number)
        if made is not None:
            return made.outcome.value
        return LEFT_OUT if self.calls[number].is_op else FUNCTION_CALL

    @property
    def complete(self) -> bool:
        """Whether nothing was refused or kept opaque."""
        return self.report.complete

    @property
    def counts(self) -> dict[str, int]:
        """Calls of operators by outcome, those there are."""
        found = Counter(self.outcome(n) for n, call in enumerate(self.calls) if call.is_op)
        order = [*(item.value for item in Outcome), LEFT_OUT]
        return {name: found[name] for name in order if found[name]}

    def to_json(self) -> dict[str, Any]:
        """The machine form; docs/reference/page.schema.json describes it."""
        report = self.report.to_json()
        return {
            "left": _side(self.left, "Relay"),
            "right": _side(self.right, "Relax"),
            "release": self.report.target,
            "calls": [self._row(n) for n in range(len(self.calls))],
            "folds": [fold.to_json() for fold in folds(self.calls)],
            "counts": self.counts,
            "complete": self.complete,
            "compromises": report["compromises"],
            "functions": report["functions"],
            "assumptions": report["assumptions"],
            "diagnostics": report["diagnostics"],
            "codes": _explanations(self.report),
            "renamed_parameters": report["renamed_parameters"],
            "lifted_constants": report["lifted_constants"],
            "verdict": _without_layers(self.verdict),
        }

    def _row(self, number: int) -> dict[str, Any]:
        call, made = self.calls[number], self.conversions.get(number)
        span = call.span
        row: dict[str, Any] = {
            "op": call.op,
            "function": call.function,
            "outcome": self.outcome(number),
            "type": call.type,
            "at": [span.line, span.column, span.end_line, span.end_column] if span else None,
            "from": str(span.declared) if span and span.declared else "",
            "sources": list(call.sources),
            "relax": list(made.relax) if made else [],
            "reason": made.reason if made else "",
            "lossy": made.lossy if made else "",
            "right": list(self.right_lines.get(number, ())),
        }
        return {**row, **self.judged.get(number, {})}


def model_report(left: Side, right: Side | None = None, **options: Any) -> ModelReport:
    """Convert a Relay program, and tie what becomes of it to the lines of both texts.

    ``right``: the script to show, where that is not what the conversion gives now; lines that differ from it have no
    tie, but for those that a verification ties by their values. ``options``: of :func:`migrate.convert`, whose errors
    it raises.
    """
    if right is not None and right.module.release:
        options = {**options, "target": right.module.release}
    result = convert(left.module, **options)
    converted = relax_bindings(result.module)
    shown = right or relax_side_of(result.script(), result.module, CONVERTED)
    bindings = relax_bindings(shown.module)
    calls = relay_calls(left.module)
    places = _places(calls)
    lines = _lines(by_conversion(result.report, converted, bindings), bindings, places)
    return ModelReport(left, shown, result.report, calls, _worst(result.report, places), lines)


def _places(calls: Sequence[RelayCall]) -> dict[Place, int]:
    return {at: number for number, call in enumerate(calls) if (at := place(call.span)) is not None}


def _lines(
    linked: Mapping[Place, Sequence[int]], bindings: Sequence[RelaxBinding], places: Mapping[Place, int]
) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for at, numbers in linked.items():
        if at in places:
            found[places[at]] = [span.line for n in numbers if (span := bindings[n].span) is not None]
    return found


def _tie_by_values(lines: dict[int, Sequence[int]], verdict: Mapping[str, Any], places: Mapping[Place, int]) -> None:
    """Add what a verification compared a call with, where nothing else is known."""
    for layer in verdict.get("layers", ()):
        number = places.get(verdicts.place_of(layer.get("span")) or (0, 0))
        at = verdicts.place_of(layer.get("right"))
        if number is not None and at is not None:
            lines.setdefault(number, [at[0]])


def _worst(report: Report, places: Mapping[Place, int]) -> dict[int, Conversion]:
    """By number of a call what became of it."""
    found: dict[int, list[Conversion]] = defaultdict(list)
    for item in report.conversions:
        number = places.get(place(item.span) or (0, 0))
        if number is not None:
            found[number].append(item)
    return {number: min(items, key=lambda item: _WORST_FIRST.index(item.outcome)) for number, items in found.items()}


def _side(side: Side, language: str) -> dict[str, Any]:
    return {"language": language, "name": side.name, "printed": side.is_printed, "lines": list(side.lines())}


def _explanations(report: Report) -> dict[str, str]:
    used = {item.code.id for item in report.diagnostics}
    return {code.id: code.explanation for code in catalogue() if code.id in used}


def _without_layers(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if verdict is None else {key: value for key, value in verdict.items() if key != "layers"}
