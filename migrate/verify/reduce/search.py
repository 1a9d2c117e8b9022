"""Delta debugging over programs: changes are tried in groups, halved where they do not hold (Zeller and Hildebrandt,
Simplifying and Isolating Failure-Inducing Input, 2002), until no single change keeps the failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from migrate.reading import is_relax
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.steps import Steps, within
from migrate.verify.reduce.failure import TooSlow, examine, same_failure
from migrate.verify.reduce.kind import Edit, Kind, Language
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail

Tick = Callable[[str, int, int], None]
"""Called with the kind of change, the checks made so far and the nodes that are left."""

_SLOWER = 20
"""How many times longer than the first check another may take: a change can make a loop endless."""
_SPARE = 100
"""Steps that a smaller program may take beyond those of the first: one that takes more goes on for ever."""
_FEW = 16
"""Up to how many growing alternatives each is tried."""
_MANY = 64
"""How many alternatives are tried at most."""


@dataclass(frozen=True, slots=True)
class Budget:
    """``tries``: checks of the property. ``seconds``: what one check may take at least before it is given up."""

    tries: int = 5000
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Reduction:
    """The smallest program found, and what the property finds on it: the same failure as on the first.

    ``nodes`` and ``before`` count what is evaluated: calls, constants, tuples, projections, lets, branches, matches,
    references, function literals; not variables and names. ``tries``: checks made; ``skipped``: changed programs that
    were not well-typed or known already. ``complete``: no further single change keeps the failure; False when the
    budget ran out.
    """

    program: Program
    check: Check
    nodes: int
    before: int
    tries: int
    skipped: int
    complete: bool


def reduce(program: Program, subject: Property, budget: Budget | None = None, tick: Tick | None = None) -> Reduction:
    """Make a program smaller as long as ``subject`` finds the same on it: one outcome, one key.

    The same for the same program and property, whatever the machine, unless a check takes longer than it may. What is
    given back was checked again. Raises DiagnosticError R2R0503 when the property holds of ``program``.
    """
    search = _Search(_language(program), subject, budget or Budget(), tick)
    return search.run(program)


def _language(program: Program) -> Language:
    if is_relax(program.module):
        from migrate.verify.reduce.relax.language import RELAX

        return RELAX
    from migrate.verify.reduce.relay.language import RELAY

    return RELAY


class _Exhausted(Exception):
    """The budget is used up."""


class _Search:
    def __init__(self, language: Language, subject: Property, budget: Budget, tick: Tick | None) -> None:
        self._language = language
        self._subject = subject
        self._budget = budget
        self._tick = tick
        self._known: set[object] = set()
        self._limit = budget.seconds
        self.tries = 0
        self.skipped = 0

    def run(self, program: Program) -> Reduction:
        start = time.perf_counter()
        steps = Steps()
        with within(steps):
            check = examine(self._subject, program)
        self._steps = steps.count
        self._limit = max(self._budget.seconds, _SLOWER * (time.perf_counter() - start))
        if not check.key:
            raise fail(
                codes.BAD_INPUTS,
                f"there is nothing to reduce: {self._subject.name} holds of the program",
                hint="give the module and the inputs that failed",
            )
        self._wanted = check
        self._current, self._size = program, self._language.size(program)
        self._known.add(self._language.digest(program))
        complete = True
        try:
            while self._round():
                pass
        except _Exhausted:
            complete = False
        found = examine(self._subject, self._current)
        if not same_failure(found, check):
            # A property that answers at random cannot be reduced; the program given is at least what failed.
            return Reduction(program, check, before := self._language.nodes(program), before, self.tries, 0, False)
        nodes = self._language.nodes
        return Reduction(self._current, found, nodes(self._current), nodes(program), self.tries, self.skipped, complete)

    def _round(self) -> bool:
        changed = False
        for kind in self._language.kinds:
            changed |= self._exhaust(kind)
        return changed

    def _exhaust(self, kind: Kind) -> bool:
        """Make all changes of one kind that keep the failure; whether there was one."""
        if not kind.together:
            return self._alternatives(kind)
        edits = list(kind.find(self._current))
        group, changed = len(edits), False
        while group and edits:
            at = 0
            while at < len(edits):
                if self._try(kind, edits[at : at + group]):
                    changed = True
                    edits = list(kind.find(self._current))
                else:
                    at += group
            group = min(group, len(edits)) // 2
        return changed

    def _alternatives(self, kind: Kind) -> bool:
        """Take alternatives, the first that keeps the failure each time. Where they grow and are many, one is found by
        halving; what that overlooks, as it takes for granted that all behind a good one are good, comes to light when
        there are fewer.
        """
        edits = kind.find(self._current)
        if len(edits) > _FEW and kind.ordered:
            return self._halved(kind, edits)
        changed = False
        while any(self._try(kind, [edit]) for edit in edits[:_MANY]):
            changed = True
            edits = kind.find(self._current)
        return changed

    def _halved(self, kind: Kind, edits: Sequence[Edit]) -> bool:
        """Take the first alternative that keeps the failure, if all after it do."""
        low, high, found = 0, len(edits), None
        while low < high:
            middle = (low + high) // 2
            candidate = self._candidate(kind, [edits[middle]])
            if candidate is not None and self._fails(kind, candidate):
                high, found = middle, candidate
            else:
                low = middle + 1
        if found is None:
            return False
        self._take(found)
        return True

    def _try(self, kind: Kind, edits: Sequence[Edit]) -> bool:
        candidate = self._candidate(kind, edits)
        if candidate is None or not self._fails(kind, candidate):
            return False
        self._take(candidate)
        return True

    def _take(self, candidate: Program) -> None:
        self._current, self._size = candidate, self._language.size(candidate)

    def _candidate(self, kind: Kind, edits: Sequence[Edit]) -> Program | None:
        """The program with the changes; None where it has no types, is no smaller, or was tried before."""
        made = kind.apply(self._current, edits)
        if made is None:
            return None
        try:
            made = self._language.typed(made)
        except DiagnosticError:
            self.skipped += 1
            return None
        digest = self._language.digest(made)
        if digest in self._known or self._language.size(made) >= self._size:
            self.skipped += 1
            return None
        self._known.add(digest)
        return made

    def _fails(self, kind: Kind, candidate: Program) -> bool:
        if self.tries >= self._budget.tries:
            raise _Exhausted
        self.tries += 1
        if self._tick is not None:
            self._tick(kind.name, self.tries, int(self._size[0]))
        try:
            with within(Steps(_SPARE + self._steps) if self._steps else Steps()):
                return same_failure(examine(self._subject, candidate, self._limit), self._wanted)
        except TooSlow:
            return False
