"""Whether two programs are the same in exact arithmetic: both computed modulo a prime, where nothing rounds.

Equal results say that both compute the same rational functions of their arguments, applied to the same functions that
are none; the chance that other ones agree on random arguments is their degree over the prime, which is about 2**61.
Different results say that the programs differ, where both only add, multiply and divide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from migrate.execution import bind_args, interpret
from migrate.values import Array, Value, form_of, is_array, is_tuple, leaves
from migrate.verify.folding import constants
from tensor_core import dtypes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.observed import OpCall
from tensor_core.residues import ORDER, Outside, random_residues, watched


@dataclass(frozen=True, slots=True)
class Effort:
    """What a run may cost: arithmetic modulo a prime is that of Python's integers.

    ``steps``: random numbers may send a loop round for ever. ``elements`` of the operands of a call, ``total`` of all
    calls, and of what a program is given.
    """

    steps: int = 4000
    elements: int = 1 << 16
    total: int = 1 << 24


@dataclass(frozen=True, slots=True)
class Algebra:
    """``equal``: whether two programs are the same in exact arithmetic; None where that is open, and ``why``."""

    equal: bool | None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {"equal": self.equal, "why": self.why}


def same_algebra(
    left: IRModule,
    right: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    seed: int = 0,
    effort: Effort = Effort(),
) -> Algebra:
    """Compare two modules, of whichever IR, in exact arithmetic: on random numbers in the place of the floats among the
    arguments, and where these decide nothing, or their order something, on the arguments themselves.

    Integers and bools are computed as they always are.
    """
    if max(_given(module, args) for module in (left, right)) > effort.total:
        return Algebra(None, f"a program is given more than {effort.total} numbers")
    found = _compared(left, right, args, _random(args, seed), entry, effort)
    is_decided = found.equal is False or (found.equal is True and ORDER not in found.why)
    return found if is_decided else _compared(left, right, args, args, entry, effort)


def _given(module: IRModule, args: Sequence[Value]) -> int:
    """How many numbers a program starts from."""
    return sum(array.size for array in (*leaves(tuple(args)), *module.params.values(), *constants(module)))


def _compared(
    left: IRModule, right: IRModule, args: Sequence[Value], values: Sequence[Value], entry: str, effort: Effort
) -> Algebra:
    with watched() as seen:
        try:
            ours, theirs = (_run(module, args, values, entry, effort) for module in (left, right))
            wrong = _difference(ours, theirs)
        except (Outside, _TooMuch, TypeError, ValueError, AttributeError) as error:
            # Views, external functions and others without a card take arrays for memory, which residues have none of.
            return Algebra(None, str(error))
        except DiagnosticError as error:
            return Algebra(None, error.diagnostics[0].message)
    reasons = " and ".join(sorted(seen))
    if not wrong:
        return Algebra(True, reasons)
    return Algebra(None, f"{wrong}, but {reasons}") if seen else Algebra(False, wrong)


def _run(module: IRModule, args: Sequence[Value], values: Sequence[Value], entry: str, effort: Effort) -> Value:
    # The module's own arrays come after the arguments.
    bound = bind_args(module, args, entry)
    budget = _Budget(effort)
    return interpret(
        module,
        [*values, *bound[len(values) :]],
        entry,
        floats=dtypes.RESIDUE,
        observe=budget.observe,
        observe_call=budget.observe_call,
    )


class _TooMuch(Exception):
    """The run of a program takes too long."""


class _Budget:
    def __init__(self, effort: Effort) -> None:
        self._effort = effort
        self._steps = self._elements = 0

    def observe(self, node: Any, value: Value) -> None:
        del node, value
        self._steps += 1
        if self._steps > self._effort.steps:
            raise _TooMuch(f"more than {self._effort.steps} steps")

    def observe_call(self, node: Any, call: OpCall) -> None:
        del node
        elements = sum(leaf.size for leaf in leaves(call.args))
        self._elements += elements
        if elements > self._effort.elements:
            raise _TooMuch(f"a call on more than {self._effort.elements} numbers")
        if self._elements > self._effort.total:
            raise _TooMuch(f"calls on more than {self._effort.total} numbers")


def _random(args: Sequence[Value], seed: int) -> list[Value]:
    numbers = iter(range(seed << 20, (seed + 1) << 20))

    def drawn(value: Value) -> Value:
        if is_tuple(value):
            return tuple(map(drawn, value))
        if is_array(value) and dtypes.is_float(dtypes.from_numpy(value.dtype)):
            return random_residues(value.shape, next(numbers))
        return value

    return [drawn(arg) for arg in args]


def _difference(ours: Value, theirs: Value) -> str:
    if form_of(ours) != form_of(theirs):
        return "the results are nested in different ways"
    for number, (a, b) in enumerate(zip(leaves(ours), leaves(theirs), strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"output {number} has different shapes or element types"
        wrong = np.asarray(a != b)
        if wrong.any():
            place = tuple(map(int, np.argwhere(wrong)[0]))
            return f"output {number} differs at {place}: {_shown(a, place)} and {_shown(b, place)}"
    return ""


def _shown(array: Array, place: tuple[int, ...]) -> str:
    return str(array[place])
