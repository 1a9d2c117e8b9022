"""A property of programs, and what checking it on one program finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migrate.reading import is_relax
from migrate.verify.generate.features import EVERYTHING, Features
from migrate.verify.generate.program import Program
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Check:
    """What a property found on one program.

    ``reason`` says in words what is wrong or undecided. ``key`` is what two failures of one cause share: the stage, and
    the diagnostic's code or the kind of difference, but no values and no names. A reduction keeps it. ``changed``:
    whether what is checked did anything to the program, so that a property that is never exercised shows.
    """

    outcome: Outcome
    reason: str = ""
    key: str = ""
    changed: bool = True

    @property
    def failed(self) -> bool:
        """Whether the property does not hold."""
        return self.outcome is Outcome.DIFFERENT


@dataclass(frozen=True, slots=True)
class Property:
    """``check`` never raises for what a program shows to be wrong: that is a Check that failed.

    ``features``: what the programs may hold of which it is to hold (:func:`~migrate.verify.generate.draw_program`).
    ``skeletons``: what it is asked about beside all other programs. ``of_relax``: it is to hold of Relax programs by
    construction (:func:`~migrate.verify.generate.relax.draw_relax_program`) instead of Relay programs.
    """

    name: str
    check: Callable[[Program], Check]
    features: Features = EVERYTHING
    skeletons: tuple[Skeleton, ...] = ()
    of_relax: bool = False

    def takes(self, program: Program) -> bool:
        """Whether it is to hold of this program."""
        return program.features <= self.features and is_relax(program.module) == self.of_relax
