"""What each function of a Relay program is given and gives in a run, and how a mixed state is judged by it.

The whole program runs once in Relay, on the backend, with an eye on the calls of its global functions. A function that
has moved is then called on its own with the same arguments, and the program as a whole: bit for bit the same result is
right; another one is judged by the Relay interpreter and the measured rounding (:mod:`migrate.verify.agree`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, cast

import numpy as np

from cpu_backend.machine import Machine
from migrate.execution import Args, bind_args, known_args
from migrate.mixed.linked import arguments, program, symbol
from migrate.mixed.module import RELAY, MixedModule
from migrate.values import Array, Value, leaves
from migrate.verify.agree import Judge
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Outcome
from relay_compat.interpret import evaluate
from tensor_core.data_values import DataValue, RefValue
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.program import Body, Host, Invoke, Program, ProgramFunction, RunHost

CALLS = 3
"""Calls of one function that are kept: its first ones."""


class Case:
    """One call of a function: arguments, and the leaves of what the all-Relay program gave."""

    def __init__(self, source: IRModule, function: str, args: Sequence[Value], answer: Value) -> None:
        self.function = function
        self.args = tuple(args)
        self.answer = leaves(answer)
        self.form = _form(answer)
        self._source = source
        self._judge: Judge | None = None

    def judge(self, got: Value) -> tuple[Outcome, str]:
        """``EXACT``, ``WITHIN_BOUND``, ``INCONCLUSIVE`` or ``DIFFERENT``; a reason for the last two."""
        found, form = leaves(got), _form(got)
        if form != self.form:
            pairs = zip_longest(self.form, form, fillvalue="nothing")
            theirs, ours = next(pair for pair in pairs if pair[0] != pair[1])
            return Outcome.DIFFERENT, f"{theirs} in Relay, {ours} here"
        if any(array.dtype.hasobject for array in (*self.answer, *found)):
            return Outcome.INCONCLUSIVE, "the result holds functions, which cannot be compared"
        if _is_same(self.answer, found):
            if any(array.size for array in found) and all(map(_is_nothing, found)):
                return Outcome.INCONCLUSIVE, "the program gives nothing but NaN for these arguments"
            return Outcome.EXACT, ""
        if self._judge is None:
            expected = leaves(evaluate(self._source, self.args, self.function))
            self._judge = Judge(self._source, self.args, expected, self.function)
        outcome, reason = self._judge.of_two(self.answer, found)
        return outcome, _difference(self.answer, found) if outcome is Outcome.DIFFERENT else reason


class Evidence:
    """The calls of a Relay program's functions in a run of ``entry``; ``whole`` is that of the entry itself.

    Arguments that are not given are drawn from ``seed``. Functions that the run does not reach are called with drawn
    arguments, where their types allow it. R2R0503 when the entry's arguments do not fit or cannot be drawn, R2R06xx
    when the program does not run.
    """

    def __init__(self, start: MixedModule, inputs: Args | None, seed: int, entry: str) -> None:
        source = start.source
        self._source, self._seed, self.entry = source, seed, entry
        known = known_args(source, {} if inputs is None else inputs, entry)
        args = bind_args(source, complete_inputs(source, known, entry, seed), entry)
        self.drawn = any(value is None for value in known)
        names = [var.name for var in source.functions]
        taps = {name: _Tap(name) for name in names}
        machine = Machine(_tapped(program(start, entry), taps))
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
            outcome, reason = case.judge(got)
        except DiagnosticError as error:
            outcome, reason = Outcome.DIFFERENT, f"it does not run: {error.diagnostics[0].message}"
        if _RANK.index(outcome) > _RANK.index(worst[0]):
            where = "" if case is whole else f"called with the arguments that the program gives it, @{case.function}: "
            worst = outcome, f"{where}{reason}" if reason else "", case
        if outcome is Outcome.DIFFERENT:
            break
    return worst


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


class _Tap:
    """Keeps the first calls of a function."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._begun = 0
        self._open: list[int] = []
        self._args: dict[int, tuple[Value, ...]] = {}
        self._answers: dict[int, Value] = {}

    def enter(self, values: tuple[Value, ...], host: Host) -> tuple[()]:
        """A call begins."""
        del host
        if self._begun < CALLS and all(map(is_plain, values)):
            self._args[self._begun] = values
        self._open.append(self._begun)
        self._begun += 1
        return ()

    def leave(self, values: tuple[Value, ...], host: Host) -> tuple[()]:
        """The call that began last ends."""
        del host
        number = self._open.pop()
        if number in self._args and is_plain(values[0]):
            self._answers[number] = values[0]
        return ()

    def complete(self) -> list[tuple[tuple[Value, ...], Value]]:
        """Arguments and answers of the calls kept."""
        return [(args, self._answers[number]) for number, args in self._args.items() if number in self._answers]


def _tapped(linked: Program, taps: dict[str, _Tap]) -> Program:
    """The program with every call of a global function shown to its tap."""
    functions = dict(linked.functions)
    for name, tap in taps.items():
        inner = functions.get(RELAY + name)
        if inner is None:
            continue
        count = len(inner.params)
        args = tuple(range(count))
        code = (
            RunHost("enter", tap.enter, args, count),
            Invoke(count + 1, f"{RELAY}{name} itself", args),
            RunHost("leave", tap.leave, (count + 1,), count + 2),
        )
        functions[f"{RELAY}{name} itself"] = inner
        functions[RELAY + name] = ProgramFunction(
            RELAY + name, inner.params, count + 3, Body(code, count + 1), match=inner.match
        )
    return Program(functions)


def is_plain(value: Value) -> bool:
    """Whether a value is arrays only: in tuples and data, but without functions and references."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack += cast("tuple[Any, ...]", item)
        elif isinstance(item, DataValue):
            stack += item.fields
        elif not isinstance(item, np.ndarray):
            return False
    return True


def _form(value: Value) -> list[str]:
    """Everything of a value but its arrays, from the outside in: how it is nested, and what its data were made by."""
    found: list[str] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            fields = cast("tuple[Any, ...]", item)
            found.append(f"a tuple of {len(fields)}")
            stack += fields[::-1]
        elif isinstance(item, DataValue):
            found.append(f"a value made by {item.name}")
            stack += item.fields[::-1]
        elif isinstance(item, RefValue):
            found.append("a reference")
            stack.append(item.value)
        else:
            found.append("an array" if isinstance(item, np.ndarray) else "a function")
    return found


def _is_same(expected: Sequence[Array], got: Sequence[Array]) -> bool:
    return len(expected) == len(got) and all(
        a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for a, b in zip(expected, got, strict=True)
    )


def _is_nothing(array: Array) -> bool:
    return bool((array != array).all())


def _difference(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """The first element that differs, and how many do."""
    if len(expected) != len(got):
        return f"{len(got)} arrays instead of {len(expected)}"
    for number, (a, b) in enumerate(zip(expected, got, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"output {number} is {b.dtype}{list(b.shape)} instead of {a.dtype}{list(a.shape)}"
        apart = np.asarray((a != b) & ~((a != a) & (b != b)))
        if apart.any():
            distance = np.where(apart, np.abs(a.astype(np.float64) - b.astype(np.float64)), -1.0)
            place = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), a.shape)
            where = [int(index) for index in place]
            values = f"{a[place]} in Relay, {b[place]} here"
            return f"output {number}: {int(apart.sum())} of {a.size} elements, most at {where}: {values}"
    return "results of other structure"
