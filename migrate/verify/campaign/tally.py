"""What batches found, added up: the same whatever the order in which they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from migrate.verify.verdict import Outcome

CRASHED = "crashed"
"""Beside the values of Outcome: the check did not come to an end, or not to a verdict."""
GENERATOR = "generator"
"""Stands where the name of a property does for programs that could not be drawn."""
FAILURES = (Outcome.DIFFERENT.value, CRASHED)
"""Outcomes that are findings."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first program that failed, or was undecided, in one way, and how many did.

    ``subject`` is the property, or GENERATOR; ``key`` is that of :class:`~migrate.verify.properties.Check`: what
    failures of one cause share. ``program`` is the lossless Relay text and ``inputs`` an .npz in base64; both are empty
    for programs that were undecided or never drawn.
    """

    subject: str
    key: str
    outcome: str
    reason: str
    number: int
    source: str
    program: str = ""
    inputs: str = ""
    count: int = 1

    @property
    def failed(self) -> bool:
        """Whether it is one that a campaign reports, not an undecided program."""
        return self.outcome in FAILURES

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return asdict(self)


@dataclass(slots=True)
class Tally:
    """Counts of programs, of outcomes by (subject, outcome) and of what programs held by (kind, name); findings by
    (subject, key); the slowest check's seconds and where it was.
    """

    programs: int = 0
    seconds: float = 0.0
    slowest: tuple[float, str] = (0.0, "")
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    coverage: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict[tuple[str, str], Finding])

    @property
    def failures(self) -> list[Finding]:
        """The findings in the order of their first programs."""
        return sorted((item for item in self.findings.values() if item.failed), key=lambda item: item.number)

    @property
    def undecided(self) -> list[Finding]:
        """The ways in which programs were undecided, the commonest first."""
        return sorted((item for item in self.findings.values() if not item.failed), key=lambda item: -item.count)

    def note(self, finding: Finding) -> None:
        """One more finding: of its key the program with the lowest number is kept."""
        place = finding.subject, finding.key
        known = self.findings.get(place)
        if known is not None:
            first, other = (known, finding) if known.number <= finding.number else (finding, known)
            finding = replace(first, count=first.count + other.count)
        self.findings[place] = finding

    def add(self, other: Tally) -> None:
        """All that another one holds."""
        self.programs += other.programs
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.outcomes.update(other.outcomes)
        self.coverage.update(other.coverage)
        for finding in other.findings.values():
            self.note(finding)

    def to_json(self) -> dict[str, Any]:
        """The machine form, all of it."""
        return {
            "programs": self.programs,
            "seconds": self.seconds,
            "slowest": list(self.slowest),
            "outcomes": _nested(self.outcomes),
            "coverage": _nested(self.coverage),
            "findings": [item.to_json() for item in self.findings.values()],
        }

    @staticmethod
    def from_json(fields: Mapping[str, Any]) -> Tally:
        """What :meth:`to_json` made."""
        seconds, where = fields["slowest"]
        findings = [Finding(**item) for item in fields["findings"]]
        return Tally(
            fields["programs"],
            fields["seconds"],
            (seconds, where),
            _flat(fields["outcomes"]),
            _flat(fields["coverage"]),
            {(item.subject, item.key): item for item in findings},
        )


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (group, name), count in sorted(counts.items()):
        found.setdefault(group, {})[name] = count
    return found


def _flat(nested: Mapping[str, Mapping[str, int]]) -> Counter[tuple[str, str]]:
    return Counter({(group, name): count for group, counts in nested.items() for name, count in counts.items()})
