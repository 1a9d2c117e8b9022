"""Whether a mutant is noticed, by what, and after how many programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import mutant_judge
from ast_mutants import Mutant, plant
from mutation import killers
from mutation.forks import in_fork
from mutation.killers import FEW, MANY, Kill
from mutation.sample import Trial
from mutation.subjects import Subject

Stage = Callable[[], Kill | None]
BUG_PROGRAMS = 250
"""Programs within which a checker that is a mutant must see a seeded bug: more than any takes in the right one."""


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
        kill = _run(stage, trial.mutant)
        if kill is None:
            continue
        clean = _clean(trial.subject, name)
        if clean is not None:
            raise AssertionError(f"{trial.module} without a mutant: {clean}")
        # A process that ended by itself says nothing of who watched.
        by = kill.by if ":" in kill.by else f"{kill.by}: {name}"
        return Verdict("killed", by, "" if kill.programs is None else str(kill.programs))
    return Verdict("survives")


def _stages(subject: Subject) -> Iterator[tuple[str, Stage]]:
    """By name, those that cost little first."""
    if subject.properties:
        yield "properties", partial(killers.by_properties, subject.properties, 0, FEW)
    if subject.faults:
        yield "planted faults", killers.by_planted_faults
    if subject.bugs:
        yield "seeded bugs", partial(killers.by_seeded_bugs, subject.bugs, BUG_PROGRAMS)
    if subject.cases:
        right = frozenset(_right(subject.cases))
        yield "recorded cases", partial(killers.by_recorded_cases, subject.cases, right)
    if subject.tests:
        yield "tests", partial(killers.by_tests, subject.tests)
    if subject.properties:
        yield "more programs", partial(killers.by_properties, subject.properties, FEW, MANY)


@lru_cache(maxsize=None)
def _clean(subject: Subject, name: str) -> Kill | None:
    """What a stage says of the right version: nothing, or there is something wrong with it."""
    return _run(dict(_stages(subject))[name], None)


@lru_cache(maxsize=None)
def _right(cases: str) -> list[str]:
    return in_fork(lambda: "\n".join(killers.recorded_right(cases))).split("\n")


def _run(stage: Stage, mutant: Mutant | None) -> Kill | None:
    def run() -> str:
        if mutant is not None:
            plant(mutant)
        kill = stage()
        return "" if kill is None else f"{'' if kill.programs is None else kill.programs}\t{kill.by}"

    said = in_fork(run)
    if not said:
        return None
    programs, _, by = said.rpartition("\t")
    return Kill(by.replace("\n", " ")[:120], int(programs) if programs else None)
