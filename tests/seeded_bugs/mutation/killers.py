"""What may notice a mutant, each in the words of a line of the table: who, what it saw, after how many programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import converted_calls
import mutant_judge
import pytest
import recorded
import recorded_relax_passes
import spelling_mutants
from drawn_calls import DRAWING, DrawnCall
from faults.catalogue import bugs
from faults.frame import checked, drawn
from planted_faults import FAULTS

from migrate.execution import run
from migrate.verify.corpus.passes import equal, names, replayable
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.properties.property import Property
from migrate.verify.properties.registry import named
from relay_compat.transform.registry import HOME_OF
from relay_compat.transform.registry import find as relay_pass
from tensor_core.diagnostics import DiagnosticError

ROOT = Path(__file__).resolve().parents[3]
FEW, MANY = 40, 150
"""Programs that each property is checked on before the tests are run, and after them."""
CALLS = 4
"""Calls of each operator."""


@dataclass(frozen=True)
class Kill:
    """``programs``: how many were drawn, of all properties; None where nothing was drawn."""

    by: str
    programs: int | None = None


def by_properties(subjects: str, first: int, end: int) -> Kill | None:
    """Properties, ``, ``-separated by name or as ``#26``, that of a seeded bug, on programs ``first`` to ``end``."""
    for number, name in enumerate(filter(None, subjects.split("; "))):
        subject, draw = _drawn_by(name)
        for seed in range(first, end):
            check = checked(subject, draw(seed))
            if check.failed:
                return Kill(f"{subject.name}: {check.key}", number * (end - first) + seed + 1)
    return None


def _drawn_by(name: str) -> tuple[Property, Callable[[int], Program]]:
    if name.startswith("#"):
        bug = _bugs()[name[1:]]
        return bug.right, bug.draw or partial(drawn, features=bug.right.features)
    subject = named(name)
    return subject, partial(drawn, features=subject.features)


@lru_cache(maxsize=1)
def _bugs() -> dict[str, Any]:
    return {bug.number: bug for bug in bugs()}


def by_seeded_bugs(numbers: str, most: int) -> Kill | None:
    """A checker that is itself a mutant: it must see seeded bugs within so many programs, and raise no false alarm."""
    for number in numbers.split():
        bug = _bugs()[number]
        draw = bug.draw or partial(drawn, features=bug.right.features)
        for seed in range(most):
            if (alarm := checked(bug.right, draw(seed))).failed:
                return Kill(f"false alarm of {bug.right.name}: {alarm.key}", seed + 1)
            if checked(bug.wrong, draw(seed)).failed:
                break
        else:
            return Kill(f"seeded bug {number} is not seen any more", most)
    return None


def by_planted_faults() -> Kill | None:
    """Small programs with a fault that shows on them: a mutant of the comparison must not hide one."""
    for name, make in FAULTS.items():
        fault = make()
        if not checked(keeps_meaning(name, fault.transform), fault.program).failed:
            return Kill(f"planted fault is not seen any more: {name}")
    return None


def by_recorded_cases(passes: str, right: frozenset[str]) -> Kill | None:
    """Cases of passes as real TVM ran them, those that come out right without a mutant."""
    for name in recorded_right(passes, right):
        if name.startswith("-"):
            return Kill(f"case of real TVM: {name[1:]}")
    return None


def recorded_right(passes: str, among: frozenset[str] | None = None) -> Iterator[str]:
    """Names of the recorded cases that come out right; with ``among``, those of them that do not, after a ``-``."""
    for name, judge in _cases(passes):
        if among is not None and name not in among:
            continue
        try:
            good = judge()
        # Whatever a mutant makes of a case: it was noticed.
        except Exception:
            good = False
        if among is None and good:
            yield name
        elif among is not None and not good:
            yield f"-{name}"


def _cases(passes: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    """``relay NAME`` or ``relax NAME``; of several words any."""
    side, _, listed = passes.partition(" ")
    wanted = set(listed.split())
    if side == "relax":
        corpus = recorded.Corpus(recorded.path("relax_passes"))
        for row in corpus.rows:
            if recorded_relax_passes.pass_name(row) in wanted and recorded_relax_passes.replayable(corpus, row):
                yield row["name"], partial(recorded_relax_passes.equal, corpus, row)
    elif side == "relay":
        makers = {name: found for name in HOME_OF if (found := relay_pass(name)) is not None}
        corpus = recorded.Corpus(recorded.path("passes"))
        for row in corpus.rows:
            case = corpus.json(row["name"], "case.json")
            if wanted & set(names(case)) and set(names(case)) <= set(makers) and replayable(row, case):
                yield row["name"], partial(equal, case, makers)


def by_recorded_rows() -> Kill | None:
    """What TVM recorded of operators, for a part of the spellings: they are read as they were without a mutant."""
    for number, subject in enumerate(spelling_mutants.subjects()):
        if number % 4 == 0 and (said := mutant_judge.killed(subject.mutant("none", ""))):
            return Kill(f"recorded row of real TVM: {subject.op}: {said}")
    return None


def by_drawn_calls(right: frozenset[str]) -> Kill | None:
    """Calls of every operator, converted: said as they were without a mutant, and right."""
    found = next((name for name in drawn_calls() if name not in right), None)
    return None if found is None else Kill(f"drawn call: {found}")


def drawn_calls() -> Iterator[str]:
    """What becomes of each call, and whether its result is right."""
    for card in DRAWING:
        for number, call in enumerate(converted_calls.drawn(card, CALLS)) if card.relay else ():
            for target in converted_calls.RELEASES:
                yield f"{card.name} {number} for {target}: {_drawn_call(call, target)}"


def _drawn_call(call: DrawnCall, target: str) -> str:
    made = converted_calls.converted(call, target)
    if made is None or not made.result.report.complete:
        return "not converted"
    try:
        got = run(made.result.module, made.inputs, executor="interpreter")
    except DiagnosticError as error:
        return error.diagnostics[0].code.id
    right = converted_calls.worst(call, got) <= 2.0
    return f"{'right' if right else 'wrong'}, {made.last.outcome.value}, {' '.join(made.said)}"


def by_tests(paths: str) -> Kill | None:
    """Test files beside the module."""
    unneeded = ("cacheprovider", "warnings", "unraisableexception", "threadexception")
    options = ["-q", "-x", "-n", "0", "--assert=plain", *(part for name in unneeded for part in ("-p", f"no:{name}"))]
    for path in paths.split():
        failed = _First()
        if pytest.main([*options, str(ROOT / path)], plugins=[failed]) != 0:
            return Kill(f"test: {failed.name or path}")
    return None


class _First:
    """Notes the first test that fails."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called by pytest."""
        if report.failed and not self.name:
            self.name = report.nodeid.partition("[")[0]
