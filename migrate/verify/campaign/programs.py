"""The programs that a plan's properties are asked about, by number."""

from __future__ import annotations

from collections.abc import Hashable

from migrate.verify.campaign.plan import Plan
from migrate.verify.generate import EVERYTHING, Feature, Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.relax import draw_relax_program
from migrate.verify.generate.skeletons.table import SKELETONS, Skeleton
from migrate.verify.properties import Property


class Programs:
    """Those of one number: what most properties take, and for the others one each that they take, drawn when asked for.

    All follow from the seed that the plan says for the number. Every other number is drawn around a property's own
    skeletons, if it has any.
    """

    def __init__(self, plan: Plan, number: int) -> None:
        self._plan = plan
        self._number = number
        self._features = frozenset(map(Feature, plan.features)) if plan.features else EVERYTHING
        self._drawn: dict[Hashable, Program] = {}

    @property
    def usual(self) -> Program:
        """The Relay program that holds whatever the plan lets it hold."""
        return self._of(False, self._features, SKELETONS)

    def of(self, subject: Property) -> Program:
        """A program that a property takes."""
        if subject.of_relax:
            return self._of(True, frozenset(), ())
        if subject.skeletons and self._number % 2:
            return self._of(False, self._features & subject.features, subject.skeletons)
        usual = self.usual
        return usual if subject.takes(usual) else self._of(False, self._features & subject.features, SKELETONS)

    def _of(self, of_relax: bool, features: frozenset[Feature], skeletons: tuple[Skeleton, ...]) -> Program:
        key = of_relax, features, skeletons
        if key not in self._drawn:
            choices = of_seed(self._plan.source(self._number))
            self._drawn[key] = (
                draw_relax_program(choices, self._plan.size)
                if of_relax
                else draw_program(choices, self._plan.size, features=features, skeletons=skeletons)
            )
        return self._drawn[key]


def drawn(plan: Plan, number: int, subject: Property | None = None) -> Program:
    """The n-th program of a plan: the usual one, or the one that a property is asked about."""
    programs = Programs(plan, number)
    return programs.usual if subject is None else programs.of(subject)
