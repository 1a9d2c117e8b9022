"""The first calls of each function in a run of a linked program, with their answers."""

from __future__ import annotations

from collections.abc import Mapping

from migrate.mixed.compare import is_plain
from migrate.mixed.module import RELAY
from migrate.values import Value
from tensor_core.program import Body, Host, Invoke, Program, ProgramFunction, RunHost

CALLS = 3
"""Calls of one function that are kept: its first ones."""


class Tap:
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


def tapped(linked: Program, taps: Mapping[str, Tap]) -> Program:
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
