"""What each function of a Relay program is given and gives in a run, and how a mixed state is judged by it.

The whole program runs once in Relay, on the backend, with an eye on the calls of its global functions. A function that
has moved is then called on its own with the same arguments, and the program as a whole: bit for bit the same result is
right; another one is judged by the Relay interpreter and the measured rounding (:mod:`migrate.verify.agree`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from cpu_backend.machine import Machine
from migrate.execution import Args, bind_args, known_args
from migrate.mixed.compare import difference, is_nothing, is_same
from migrate.mixed.linked import arguments, program, symbol
from migrate.mixed.module import RELAY, MixedModule
from migrate.mixed.taps import Tap, tapped
from migrate.values import Value, form_of, leaves
from migrate.verify.agree import Judge
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Outcome
from relay_compat.interpret import evaluate
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.program import Program


class Case:
    """One call of a function: arguments, and the leaves of what the all-Relay program gave."""

    def __init__(self, source: IRModule, function: str, args: Sequence[Value], answer: Value) -> None:
        self.function = function
        self.args = tuple(args)
        self.answer = leaves(answer)
        self.form = form_of(answer)
        self._source = source
        self._judge: Judge | None = None

    def judge(self, got: Value) -> tuple[Outcome, str]:
        """``EXACT``, ``WITHIN_BOUND``, ``INCONCLUSIVE`` or ``DIFFERENT``; a reason for the last two."""
        found, form = leaves(got), form_of(got)
        if form != self.form:
            pairs = zip_longest(self.form, form, fillvalue="nothing")
            theirs, ours = next(pair for pair in pairs if pair[0] != pair[1])
            return Outcome.DIFFERENT, f"{theirs} in Relay, {ours} here"
        if any(array.dtype.hasobject for array in (*self.answer, *found)):
            return Outcome.INCONCLUSIVE, "the result holds functions, which cannot be compared"
        if is_same(self.answer, found):
            if any(array.size for array in found) and all(map(is_nothing, found)):
                return Outcome.INCONCLUSIVE, "the program gives nothing but NaN for these arguments"
            return Outcome.EXACT, ""
        if self._judge is None:
            expected = leaves(evaluate(self._source, self.args, self.function))
            self._judge = Judge(self._source, self.args, expected, self.function)
        outcome, reason = self._judge.of_two(self.answer, found)
        return outcome, difference(self.answer, found) if outcome is Outcome.DIFFERENT else reason


class Evidence:
    """The calls of a Relay program's functions in a run of ``entry``; ``whole`` is that of the entry itself.

    Arguments that are not given are drawn from ``seed``. Functions that the run does not reach are called with drawn
    arguments, where their types allow it. R2R0503 when the entry's arguments do not fit or cannot be drawn, R2R06xx
    when the program does not run. ``drawn``: whether any were, so far.
    """

    def __init__(self, start: MixedModule, inputs: Args | None, seed: int, entry: str) -> None:
        source = start.source
        self._source, self._seed, self.entry = source, seed, entry
        known = known_args(source, {} if inputs is None else inputs, entry)
        args = bind_args(source, complete_inputs(source, known, entry, seed), entry)
        self.drawn = any(value is None for value in known)
        names = [var.name for var in source.functions]
        taps = {name: Tap(name) for name in names}
        machine = Machine(tapped(program(start, entry), taps))
        answer = machine.run(args, RELAY + entry)
        self.whole = Case(source, entry, args, answer)
        self._start = start
        self._cases = {name: [Case(source, name, *call) for call in taps[name].complete()] for name in names}
        self._cases[entry] = []

    def cases(self, name: str) -> list[Case]:
        """The calls by which a function is judged on its own: those seen, else one with drawn arguments; none where
        arguments or results hold functions or references.
        """
        known = self._cases.get(name, [])
        if known or name == self.entry:
            return known
        signature = self._start.signature(name)
        try:
            args = complete_inputs(self._source, [None] * len(signature.arg_types), name, self._seed)
            machine = Machine(program(self._start, name))
            made = [Case(self._source, name, args, machine.run(args, RELAY + name))]
            self.drawn = self.drawn or bool(args)
        except DiagnosticError:
            made = []
        self._cases[name] = made
        return made


def judge(state: MixedModule, cases: Sequence[Case], whole: Case) -> tuple[Outcome, str, Case | None]:
    """The worst of what a state shows in calls of one function and as a whole, with the call that shows it.

    A run that fails where the all-Relay program does not is ``DIFFERENT``.
    """
    worst: tuple[Outcome, str, Case | None] = (Outcome.EXACT, "", None)
    runner = _Runner(state, whole.function)
    for case in (*cases, whole):
        try:
            got = runner.run(case)
        except DiagnosticError as error:
            outcome, reason = Outcome.DIFFERENT, f"it does not run: {error.diagnostics[0].message}"
        else:
            outcome, reason = _judged(case, got)
        if _RANK.index(outcome) > _RANK.index(worst[0]):
            where = "" if case is whole else f"called with the arguments that the program gives it, @{case.function}: "
            worst = outcome, f"{where}{reason}" if reason else "", case
        if outcome is Outcome.DIFFERENT:
            break
    return worst


def _judged(case: Case, got: Value) -> tuple[Outcome, str]:
    try:
        return case.judge(got)
    except DiagnosticError as error:
        # What has no reference may be right.
        return Outcome.INCONCLUSIVE, f"the result is another one, and cannot be judged: {error.diagnostics[0].message}"


class _Runner:
    """Calls functions of a state. One program serves all that ``entry`` reaches."""

    def __init__(self, state: MixedModule, entry: str) -> None:
        self._state = state
        self._entry = entry
        self._machines: dict[str, tuple[Program, Machine]] = {}

    def run(self, case: Case) -> Value:
        """What the function gives for the arguments of a call."""
        name = symbol(self._state, case.function)
        linked, machine = self._of(self._entry)
        if name not in linked.functions:
            _, machine = self._of(case.function)
        return machine.run(arguments(self._state, list(case.args), case.function), name)

    def _of(self, function: str) -> tuple[Program, Machine]:
        if function not in self._machines:
            linked = program(self._state, function)
            self._machines[function] = linked, Machine(linked)
        return self._machines[function]


_RANK = (Outcome.EXACT, Outcome.WITHIN_BOUND, Outcome.INCONCLUSIVE, Outcome.DIFFERENT)
