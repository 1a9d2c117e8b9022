"""Where a repository stands beside its lock: what is ported, what changed since, what went wrong again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from migrate.codemods.batch import Outcome
from migrate.codemods.driver import Level, PortResult
from migrate.codemods.lock import Left, Lock, LockedFile
from tensor_core.diagnostics import Diagnostic

REVIEW = "review"
"""The level of TODO comments in what is left; they are counted, but no regression."""
_TODO = re.compile(r"# TODO\(relay2relax ([^)\s]+)\)")
_TO_DO = (Level.AUTO, Level.ASSISTED, Level.MANUAL, Level.UNKNOWN)


class State(Enum):
    """How a file compares with what the lock says of it.

    ``PORTED``, ``WAITING``: as it was left, rewritten or not yet. ``CHANGED``: edited since, and not for the worse.
    ``BACK``: it is again what it was before the port. ``WORSE``: more of the old API than the lock allows. ``NEW``: not
    in the lock, and uses the old API. ``UNREADABLE``: no Python any more. ``GONE``: not there any more.
    """

    PORTED = "ported"
    WAITING = "waiting"
    CHANGED = "changed"
    GONE = "gone"
    BACK = "went back"
    WORSE = "worse"
    NEW = "new"
    UNREADABLE = "unreadable"


REGRESSIONS = (State.BACK, State.WORSE, State.NEW, State.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Rise:
    """One rule or unknown name that a file has more places of than the lock allows."""

    level: str
    key: str
    was: int
    now: int


@dataclass(frozen=True, slots=True)
class FileStanding:
    """One file: its state, what is left to do in it, and where there is more of it than before."""

    name: str
    state: State
    left: Left
    accepted: Mapping[str, str]
    rises: tuple[Rise, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def open(self) -> int:
        """Places that ask for a person and that nobody has accepted."""
        return sum(
            count
            for level, counts in self.left.items()
            for key, count in counts.items()
            if f"{level}:{key}" not in self.accepted
        )

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "file": self.name,
            "state": self.state.value,
            "open": self.open,
            "left": {level: dict(counts) for level, counts in self.left.items()},
            "accepted": dict(self.accepted),
            "rises": [{"level": r.level, "key": r.key, "was": r.was, "now": r.now} for r in self.rises],
            "diagnostics": [item.to_json() for item in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """All files, and the proofs of the lock."""

    lock: Lock
    files: tuple[FileStanding, ...]

    @property
    def regressions(self) -> Sequence[FileStanding]:
        """Files that are worse than the lock says."""
        return [file for file in self.files if file.state in REGRESSIONS]

    @property
    def worse_proofs(self) -> Sequence[str]:
        """Passes of which less is proven than was."""
        return [name for name, proof in self.lock.proofs.items() if proof.worse]

    def __bool__(self) -> bool:
        return not self.regressions and not self.worse_proofs

    def to_json(self) -> dict[str, Any]:
        """The machine form; docs/reference/status.schema.json describes it."""
        states = Counter(file.state for file in self.files)
        return {
            "good": bool(self),
            "target": self.lock.target,
            "from": self.lock.source,
            "states": {state.value: states[state] for state in State},
            "open": sum(file.open for file in self.files),
            "files": [file.to_json() for file in self.files],
            "proofs": [
                {"pass": name, "verdict": proof.verdict, "best": proof.best, "worse": proof.worse}
                for name, proof in sorted(self.lock.proofs.items())
            ],
        }


def left_of(result: PortResult, text: str) -> Left:
    """What there is to do in a text that ``result`` is the port of: places by level and rule or name; TODOs written in
    it, beyond one for each manual place; ``auto`` ``imports`` when there are only those to bring in order.
    """
    found: dict[str, Counter[str]] = {level.value: Counter() for level in _TO_DO}
    for place in result.places:
        if place.level in _TO_DO:
            found[place.level.value][place.rule or place.name] += 1
    if result.text != text and not result.applied:
        found[Level.AUTO.value]["imports"] = 1
    found[REVIEW] = Counter(_TODO.findall(text)) - found[Level.MANUAL.value]
    return {level: dict(counts) for level, counts in found.items() if counts}


def standing(lock: Lock, digests: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> Standing:
    """Compare a repository with its lock.

    ``digests``: of all files there are, by the lock's names. ``outcomes``: ports of those whose digest the lock does
    not have; others are what the lock says, also when the rules know more by now.
    """
    names = sorted({*lock.files, *digests})
    found = (_file(name, lock.files.get(name), digests.get(name), outcomes.get(name)) for name in names)
    return Standing(lock, tuple(item for item in found if item is not None))


def _file(name: str, locked: LockedFile | None, digest: str | None, outcome: Outcome | None) -> FileStanding | None:
    accepted: Mapping[str, str] = {} if locked is None else locked.accepted
    if locked is not None and digest is None:
        return FileStanding(name, State.GONE, {}, accepted)
    if locked is not None and digest == locked.after:
        return FileStanding(name, State.PORTED if locked.ported else State.WAITING, locked.left, accepted)
    if outcome is None:
        return None
    if outcome.ported is None:
        # A file that was never read is none of the lock's.
        unreadable = FileStanding(name, State.UNREADABLE, {}, accepted, problems=outcome.problems)
        return None if locked is None else unreadable
    left = left_of(outcome.ported.result, outcome.ported.text)
    rises = tuple(_rises({} if locked is None else locked.left, left))
    if locked is not None and digest == locked.before:
        state = State.BACK
    elif rises:
        state = State.NEW if locked is None else State.WORSE
    elif locked is None:
        return None
    else:
        state = State.CHANGED
    return FileStanding(name, state, left, accepted, rises)


def _rises(was: Left, now: Left) -> Iterable[Rise]:
    for level in _TO_DO:
        before = was.get(level.value, {})
        for key, count in now.get(level.value, {}).items():
            if count > before.get(key, 0):
                yield Rise(level.value, key, before.get(key, 0), count)
