"""What Python files hold of the old API, counted: the data behind ``relay2relax scan`` and ``port``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.codemods.batch import Outcome
from migrate.codemods.driver import Found, Level
from migrate.codemods.target import Target
from tensor_core.diagnostics import Diagnostic

FIRST_MINUTES: Mapping[Level, int] = {Level.ASSISTED: 5, Level.MANUAL: 30, Level.UNKNOWN: 20}
"""What the first place of a rule, or of an unknown name, takes a person who knows the code: an assumption."""
MORE_MINUTES: Mapping[Level, int] = {Level.ASSISTED: 2, Level.MANUAL: 10, Level.UNKNOWN: 4}
"""What each further place of the same rule or name takes."""
EFFORT = (
    "minutes for the first place of a rule or unknown name in the whole tree, and for each further one: "
    + ", ".join(f"{level.value} {first} and {MORE_MINUTES[level]}" for level, first in FIRST_MINUTES.items())
    + "; nothing for what is kept or rewritten without a doubt"
)
"""How the estimate is made, in words."""


@dataclass(frozen=True, slots=True)
class FileInventory:
    """One file: its places of TVM's API, or why it could not be read."""

    path: Path
    lines: int
    places: tuple[Found, ...]
    minutes: int
    problems: tuple[Diagnostic, ...]

    @property
    def counts(self) -> Mapping[Level, int]:
        """Places by level; every level is a key."""
        return _count(self.places)

    @property
    def worst(self) -> Level | None:
        """The level that asks most of a person; None for a file without any place."""
        found = {place.level for place in self.places}
        return next((level for level in reversed(Level) if level in found), None)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All files of a port, in their order. ``skipped``: what was passed over, and why."""

    target: Target
    source: str
    files: tuple[FileInventory, ...]
    skipped: tuple[tuple[Path, str], ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    passes: Sequence[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    @property
    def places(self) -> Iterable[Found]:
        """The places of all files."""
        return (place for file in self.files for place in file.places)

    @property
    def counts(self) -> Mapping[Level, int]:
        """Places by level; every level is a key."""
        return _count(self.places)

    @property
    def concerned(self) -> Sequence[FileInventory]:
        """The files that use TVM at all, or could not be read."""
        return [file for file in self.files if file.places or file.problems]

    @property
    def unknown(self) -> Mapping[str, int]:
        """Names that no rule knows, the most used first."""
        return dict(_common(Counter(place.name for place in self.places if place.level is Level.UNKNOWN)))

    @property
    def rules(self) -> Mapping[tuple[str, Level], int]:
        """Places by rule and level, the most frequent first."""
        return dict(_common(Counter((place.rule, place.level) for place in self.places if place.rule)))

    @property
    def minutes(self) -> int:
        """The estimated effort of what is left to a person; :data:`EFFORT` says how it is made."""
        return sum(file.minutes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """The machine form; docs/reference/scan.schema.json describes it."""
        return {
            "target": self.target.release,
            "target_checked": self.target.checked,
            "from": self.source,
            "counts": _named(self.counts),
            "minutes": self.minutes,
            "effort": EFFORT,
            "unknown_names": [{"name": name, "uses": uses} for name, uses in self.unknown.items()],
            "rules": [
                {"rule": rule, "level": level.value, "places": count} for (rule, level), count in self.rules.items()
            ],
            "files": [_file(file) for file in self.files],
            "skipped": [{"path": str(path), "reason": reason} for path, reason in self.skipped],
            "diagnostics": [item.to_json() for item in self.problems],
            "passes": list(self.passes),
        }


def take_inventory(
    outcomes: Sequence[Outcome],
    target: Target,
    source: str,
    skipped: Sequence[tuple[Path, str]] = (),
    problems: Sequence[Diagnostic] = (),
    passes: Sequence[Mapping[str, Any]] = (),
) -> Inventory:
    """The inventory of files that were ported, or refused."""
    seen: set[tuple[Level, str]] = set()
    files: list[FileInventory] = []
    for item in outcomes:
        places = () if item.ported is None else item.ported.result.places
        lines = 0 if item.ported is None else item.ported.text.count("\n")
        files.append(FileInventory(item.path, lines, places, _minutes(places, seen), item.problems))
    return Inventory(target, source, tuple(files), tuple(skipped), tuple(problems), passes)


def _minutes(places: Iterable[Found], seen: set[tuple[Level, str]]) -> int:
    """The effort for places; ``seen``: levels with rules and names that came before, and now these."""
    minutes = 0
    for place in places:
        if place.level not in FIRST_MINUTES:
            continue
        key = (place.level, place.rule or place.name)
        minutes += (MORE_MINUTES if key in seen else FIRST_MINUTES)[place.level]
        seen.add(key)
    return minutes


def _count(places: Iterable[Found]) -> Mapping[Level, int]:
    found = Counter(place.level for place in places)
    return {level: found[level] for level in Level}


def _named(counts: Mapping[Level, int]) -> dict[str, int]:
    return {level.value: number for level, number in counts.items()}


def _common(counter: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))


def _file(file: FileInventory) -> dict[str, Any]:
    return {
        "file": str(file.path),
        "lines": file.lines,
        "level": file.worst.value if file.worst else "none",
        "counts": _named(file.counts),
        "minutes": file.minutes,
        "places": [place_json(place) for place in file.places],
        "diagnostics": [item.to_json() for item in file.problems],
    }


def place_json(place: Found) -> dict[str, Any]:
    """The machine form of one place."""
    return {
        "level": place.level.value,
        "place": str(place.span),
        "name": place.name,
        "rule": place.rule,
        "advice": place.advice,
    }
