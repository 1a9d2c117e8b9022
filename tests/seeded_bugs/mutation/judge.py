"""Whether a mutant is noticed, by what, and after how many programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import mutant_judge
from ast_mutants import Mutant, plant

from mutation import killers
from mutation.forks import in_fork
from mutation.killers import FEW, MANY, Kill
from mutation.sample import Trial
from mutation.subjects import Subject

BUG_PROGRAMS = 250
"""Programs within which a checker that is a mutant must see a seeded bug: more than any takes in the right one."""


_GONE = "gone"


@dataclass(frozen=True)
class Stage:
    """One that may notice a mutant, with what it is given."""

    judge: Callable[..., Kill | None]
    given: tuple[Any, ...] = ()


class WrongJudge(Exception):
    """Something speaks against the right version, too."""


@dataclass(frozen=True)
class Verdict:
    """``killed``, ``equivalent`` or ``survives``; by what, after how many programs; why, where it is not killed."""

    verdict: str
    by: str = ""
    programs: str = ""
    why: str = ""


def judge(trial: Trial) -> Verdict:
    """Try one."""
    if trial.declared is not None:
        by = mutant_judge.killed(trial.declared)
        if by:
            return Verdict("killed", f"recorded row of real TVM: {by}")
        why = mutant_judge.equivalent(trial.declared)
        return Verdict("equivalent", why=why) if why else Verdict("survives", why=mutant_judge.reason(trial.declared))
    assert trial.subject is not None
    for name, stage in _stages(trial.subject):
        kill = noticed(stage, trial.mutant)
        if kill is None:
            continue
        clean = _clean(stage)
        if clean is not None:
            raise WrongJudge(f"{trial.module} without a mutant: {clean}")
        # A process that ended by itself says nothing of who watched.
        by = kill.by if ":" in kill.by else f"{kill.by}: {name}"
        return Verdict("killed", by, "" if kill.programs is None else str(kill.programs))
    return Verdict("survives")


def _stages(subject: Subject) -> Iterator[tuple[str, Stage]]:
    """By name, those that cost little first."""
    if subject.properties:
        yield "properties", Stage(killers.by_properties, (subject.properties, 0, FEW))
    if subject.faults:
        yield "planted faults", Stage(killers.by_planted_faults)
    if subject.bugs:
        yield "seeded bugs", Stage(killers.by_seeded_bugs, (subject.bugs, BUG_PROGRAMS))
    if subject.rows:
        yield "recorded rows", Stage(killers.by_recorded_rows)
    if subject.calls:
        yield "drawn calls", Stage(killers.by_drawn_calls, (_drawn(),))
    if subject.cases:
        yield "recorded cases", Stage(killers.by_recorded_cases, (subject.cases, _right(subject.cases)))
    if subject.tests:
        yield "tests", Stage(killers.by_tests, (subject.tests,))
    if subject.properties:
        yield "more programs", Stage(killers.by_properties, (subject.properties, FEW, MANY))


@cache
def _clean(stage: Stage) -> Kill | None:
    """What a stage says of the right version: nothing, or there is something wrong with it."""
    return noticed(stage, None)


@cache
def _drawn() -> frozenset[str]:
    return frozenset(in_fork(lambda: "\n".join(killers.drawn_calls())).split("\n"))


@cache
def _right(cases: str) -> frozenset[str]:
    return frozenset(in_fork(lambda: "\n".join(killers.recorded_right(cases))).split("\n"))


def noticed(stage: Stage, mutant: Mutant | None) -> Kill | None:
    """What one judge says of a mutant (None: of the right version), in a process of its own."""

    def run() -> str:
        if mutant is not None:
            try:
                plant(mutant)
            except LookupError:
                return _GONE
        kill = stage.judge(*stage.given)
        return "" if kill is None else f"{'' if kill.programs is None else kill.programs}\t{kill.by}"

    said = in_fork(run)
    if said == _GONE:
        raise WrongJudge(f"{mutant} is not there any more")
    if not said:
        return None
    programs, _, by = said.rpartition("\t")
    return Kill(by.replace("\n", " ")[:120], int(programs) if programs else None)
