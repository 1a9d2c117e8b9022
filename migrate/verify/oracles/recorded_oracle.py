"""Recorded answers as an oracle: what a TVM gave for programs of a corpus, asked again without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

import relay_compat.ir.expr as relay
from migrate.values import Array
from migrate.verify.corpus.archive import Corpus
from migrate.verify.corpus.replay import as_declared
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Failure
from relay_compat.json.reader import load_json
from relay_compat.structural import structural_equal
from tensor_core.diagnostics import DiagnosticError


class RecordedOracle:
    """The collection "evaluated" of a corpus."""

    def __init__(self, file: Path) -> None:
        """R2R0512 for a file that is no collection."""
        self.name = f"recorded in {file.name}"
        self._corpus = Corpus(file)

    def programs(self) -> Iterator[Program]:
        """The recorded programs that can be read, with their arguments."""
        for row in self._corpus.rows:
            try:
                module = load_json(self._corpus.text(row["name"], "module.json"))
            except DiagnosticError:
                continue
            main = module["main"]
            if isinstance(main, relay.Function):
                given = self._arrays(row["name"], "arg_")
                yield Program(module, tuple(as_declared(v, p.checked) for v, p in zip(given, main.params, strict=True)))

    def answer(self, program: Program) -> Answer:
        """What was recorded for this program on these arguments; unasked if nothing was."""
        for row in self._corpus.rows:
            given = self._arrays(row["name"], "arg_")
            if len(given) != len(program.args) or not all(map(_equal, given, program.args)):
                continue
            try:
                module = load_json(self._corpus.text(row["name"], "module.json"))
            except DiagnosticError:
                continue
            if structural_equal(module, program.module):
                return Answer(tuple(self._arrays(row["name"], "out_")))
        return Answer(failure=Failure.UNASKED, message="not recorded")

    def close(self) -> None:
        """Closes the file."""
        self._corpus.close()

    def _arrays(self, case: str, prefix: str) -> list[Array]:
        return [value for name, value in self._corpus.arrays(case).items() if name.startswith(prefix)]


def _equal(recorded: Array, given: Array) -> bool:
    return recorded.shape == given.shape and bool(
        np.array_equal(recorded, given, equal_nan=recorded.dtype.kind == given.dtype.kind == "f")
    )
