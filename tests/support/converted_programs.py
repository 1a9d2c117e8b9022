"""Recorded programs converted to Relax: what both executors make of the script, beside the recorded right answers.

Programs are judged as :mod:`recorded_programs` judges Relay's own sides, by the error model of the Relay program; whole
models by the tolerance with which their answers were recorded.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import models
import numpy as np
import recorded
import recorded_programs
from recorded_programs import Verdict, judged

import migrate
from migrate.execution import parameters
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.verdict import Outcome
from relay_compat.interpret import evaluate
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

EXECUTORS = ("backend", "interpreter")
TARGETS = ("0.27", "0.19")
SIDES = tuple(f"{target} {executor}" for target in TARGETS for executor in EXECUTORS)
COLLECTIONS = ("models", "onnx", "evaluated")

Answer = Callable[[str, list[Any]], Verdict]
"""The verdict on what a side gives."""


def cases(collection: str, corpus: recorded.Corpus) -> list[dict[str, Any]]:
    """The cases of which the right answer is known."""
    return corpus.rows if collection == "models" else recorded_programs.rows(collection, corpus)


def verdicts(collection: str, corpus: recorded.Corpus, row: dict[str, Any]) -> Iterator[Verdict]:
    """What both executors make of a program said for each target; "refused" where not all of it can be said."""
    if collection == "models":
        yield from _of_model(corpus, row["name"])
        return
    program = recorded_programs.COLLECTIONS[collection](corpus, row)

    @cache
    def judge() -> Judge:
        return Judge(program.module, program.args, leaves(evaluate(program.module, program.args)))

    yield from _sides(
        program.name, program.module, program.args, lambda side, found: judged(program, side, found, judge())
    )


def _of_model(corpus: recorded.Corpus, name: str) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        model = models.load(corpus, name, Path(folder))
    args = [model.args[param] for param, _ in parameters(model.module) if param in model.args]

    def answer(side: str, found: list[Any]) -> Verdict:
        near = [np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(found, model.answers, strict=True)]
        return Verdict(name, side, (Outcome.WITHIN_BOUND if all(near) else Outcome.DIFFERENT).value)

    yield from _sides(name, model.module, args, answer)


def _sides(name: str, module: IRModule, args: list[Any], answer: Answer) -> Iterator[Verdict]:
    for target in TARGETS:
        result = migrate.convert(module, target=target)
        if not result.report.complete:
            reason = result.report.diagnostics[0].message
            yield from (Verdict(name, f"{target} {executor}", "refused", reason) for executor in EXECUTORS)
            continue
        script = migrate.load(result.script(), result.module.params)
        for executor in EXECUTORS:
            side = f"{target} {executor}"
            try:
                found = migrate.run(script, args, executor=cast(Any, executor))
            except DiagnosticError as error:
                yield Verdict(name, side, "not run", str(error))
            else:
                yield answer(side, found)
