"""Checks all properties on the programs of one batch, in this process."""

from __future__ import annotations

import base64
import io
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from migrate.reading import is_relax
from migrate.values import Value, is_array, is_tuple
from migrate.verify.campaign.coverage import coverage
from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.programs import Programs
from migrate.verify.campaign.tally import CRASHED, GENERATOR, Finding, Tally
from migrate.verify.generate import Program
from migrate.verify.properties import Check, Property
from migrate.verify.verdict import Outcome
from relax_core.text.printer import print_module as print_script
from relay_compat.text.printer import print_module

Skip = Collection[tuple[int, str]]
"""Programs and properties that are not to be tried, by number and name."""
Tell = Callable[[int, str], None]

_PACKAGES = ("migrate", "relay_compat", "relax_core", "cpu_backend", "tensor_core")


def run_batch(plan: Plan, subjects: Sequence[Property], batch: Batch, skip: Skip, tell: Tell) -> Tally:
    """What the properties say about the programs. ``tell`` hears of every step before it begins.

    An exception, which a property must not raise, is a finding of its own; its key is where it came from.
    """
    tally = Tally()
    for number in batch.numbers:
        if (number, GENERATOR) in skip:
            continue
        tell(number, GENERATOR)
        start = time.perf_counter()
        try:
            programs = Programs(plan, number)
            tally.coverage.update(coverage(programs.usual.module))
        except Exception as error:
            tally.outcomes[(GENERATOR, CRASHED)] += 1
            tally.note(_raised(plan, number, GENERATOR, error, None))
            continue
        for subject in subjects:
            if (number, subject.name) not in skip:
                tell(number, subject.name)
                _check(plan, number, subject, programs, tally)
        spent = time.perf_counter() - start
        tally.programs += 1
        tally.seconds += spent
        tally.slowest = max(tally.slowest, (spent, plan.source(number)))
    return tally


def described(program: Program) -> tuple[str, str]:
    """The text of a program and its arguments, as findings hold them."""
    stream = io.BytesIO()
    arrays = {f"arg{number}": item for number, arg in enumerate(program.args) for item in [arg] if is_array(item)}
    nested = {name: array for number, arg in enumerate(program.args) for name, array in _leaves(f"arg{number}", arg)}
    np.savez(stream, **(arrays | nested))  # pyright: ignore[reportArgumentType]
    module = program.module
    text = print_script(module) if is_relax(module) else print_module(module, lossless=True)
    return text, base64.b64encode(stream.getvalue()).decode()


def _leaves(name: str, value: Value) -> list[tuple[str, Any]]:
    if is_tuple(value):
        return [leaf for n, item in enumerate(value) for leaf in _leaves(f"{name}.{n}", item)]
    return [(name, value)] if is_array(value) else []


def _check(plan: Plan, number: int, subject: Property, programs: Programs, tally: Tally) -> None:
    program = None
    try:
        program = programs.of(subject)
        check = subject.check(program)
    except Exception as error:
        tally.outcomes[(subject.name, CRASHED)] += 1
        tally.note(_raised(plan, number, subject.name, error, program))
        return
    tally.outcomes[(subject.name, check.outcome.value)] += 1
    if check.failed:
        tally.note(_finding(plan, number, subject.name, check, described(program)))
    elif check.outcome is Outcome.INCONCLUSIVE:
        tally.note(_finding(plan, number, subject.name, check, ("", "")))


def _finding(plan: Plan, number: int, name: str, check: Check, texts: tuple[str, str]) -> Finding:
    return Finding(name, check.key, check.outcome.value, check.reason, number, plan.source(number), *texts)


def _raised(plan: Plan, number: int, name: str, error: Exception, program: Program | None) -> Finding:
    if isinstance(error, MemoryError):
        key, reason = f"{name}: out of memory", f"needs more than {plan.megabytes} MB"
    else:
        key = f"{name}: {type(error).__name__} in {_origin(error)}"
        reason = "".join(traceback.format_exception(error))
    texts = described(program) if program is not None else ("", "")
    return Finding(name, key, CRASHED, reason, number, plan.source(number), *texts)


def _origin(error: Exception) -> str:
    """The innermost function of this project that an exception went through."""
    place = "elsewhere"
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _PACKAGES and not module.startswith("migrate.verify.campaign"):
            place = f"{module}.{frame.f_code.co_name}"
    return place
