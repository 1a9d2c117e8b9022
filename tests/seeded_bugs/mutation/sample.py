"""Which mutants are tried: the same ones each time, chosen by name, so that a change elsewhere does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import ast_mutants
import spelling_mutants

from mutation.subjects import DECLARED_SPELLINGS, Subject, subjects


@dataclass(frozen=True)
class Trial:
    """A mutant of a module, or one of what a card declares (``declared``)."""

    area: str
    module: str
    function: str
    what: str
    occurrence: int
    subject: Subject | None = None
    declared: spelling_mutants.Mutant | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What names it in the table."""
        return self.area, self.module, self.function, self.what, str(self.occurrence)

    @property
    def mutant(self) -> ast_mutants.Mutant:
        """That of a module."""
        return ast_mutants.Mutant(self.module, self.function, self.what, self.occurrence)


def sample() -> Iterator[Trial]:
    """All of them."""
    declared = sorted(spelling_mutants.mutants(), key=lambda mutant: crc32(str(mutant).encode()))
    for mutant in declared[:DECLARED_SPELLINGS]:
        place = f"{mutant.side} {mutant.release} {mutant.op}"
        yield Trial("spellings", place, mutant.kind, mutant.what, 0, declared=mutant)
    for subject in subjects():
        everyone = ast_mutants.mutants(subject.module)
        for mutant in sorted(everyone, key=lambda mutant: crc32(str(mutant).encode()))[: subject.count]:
            yield Trial(subject.area, mutant.module, mutant.function, mutant.what, mutant.occurrence, subject)
