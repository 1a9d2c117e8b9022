"""Several oracles on one program: who agrees with Relay's interpreter here, and whose the fault looks to be."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from migrate.execution import execute
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Failure, Oracle
from migrate.verify.oracles.known import known
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError

AGREES = (Outcome.PROVED, Outcome.EXACT, Outcome.WITHIN_BOUND)


class Suspect(enum.Enum):
    """Who is wrong, as far as votes can say."""

    NOBODY = "nobody"
    KNOWN = "known"
    """Whoever differs does so in a way that is understood (:mod:`migrate.verify.oracles.known`)."""
    OURS = "ours"
    """Every oracle that answers says something else."""
    TVM = "TVM"
    """Some oracles agree and some do not, or one of them ends."""
    UNDECIDED = "undecided"
    """Rounding hides whether the answers agree."""
    REFUSED = "refused"
    """No oracle gives an answer."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One oracle's answer beside ours. ``outcome`` is None where there was no answer; ``known`` explains a difference:
    who is wrong is not asked then.
    """

    oracle: str
    answer: Answer
    outcome: Outcome | None = None
    reason: str = ""
    known: str = ""

    @property
    def differs(self) -> bool:
        """Whether there is an answer and it is another one."""
        return self.outcome is Outcome.DIFFERENT

    @property
    def said(self) -> str:
        """In a few words: the verdict, what explains a difference, or why there is no answer."""
        if self.outcome is not None:
            return f"known: {self.known}" if self.known else self.outcome.value
        assert self.answer.failure is not None
        return self.answer.failure.value


@dataclass(frozen=True, slots=True)
class Panel:
    """What all say of one program. ``refused``: why Relay's interpreter itself gave nothing."""

    opinions: tuple[Opinion, ...]
    refused: str = ""

    @property
    def suspect(self) -> Suspect:
        """Whose fault a disagreement is, by the votes."""
        judged = [opinion for opinion in self.opinions if opinion.outcome is not None]
        crashed = any(opinion.answer.failure is Failure.CRASHED for opinion in self.opinions)
        if self.refused:
            return Suspect.OURS if judged else Suspect.REFUSED
        if not judged:
            return Suspect.TVM if crashed else Suspect.REFUSED
        wrong = sum(opinion.differs for opinion in judged)
        if wrong and all(opinion.known for opinion in judged if opinion.differs) and not crashed:
            return Suspect.KNOWN
        if wrong:
            return Suspect.OURS if wrong == len(judged) else Suspect.TVM
        if crashed:
            return Suspect.TVM
        decided = any(opinion.outcome in AGREES for opinion in judged)
        return Suspect.NOBODY if decided else Suspect.UNDECIDED


def opinions(program: Program, oracles: Sequence[Oracle], more: Sequence[Oracle] = ()) -> Panel:
    """Ask the oracles; where one of them differs or crashes, ask ``more`` too, to see who stands alone."""
    expected, refused = [], ""
    try:
        expected = leaves(execute(program.module, program.args, executor="interpreter"))
    except DiagnosticError as error:
        refused = str(error)
    judge = Judge(program.module, program.args, expected)

    def opinion(oracle: Oracle) -> Opinion:
        answer = oracle.answer(program)
        if not answer:
            return Opinion(oracle.name, answer)
        if refused:
            return Opinion(oracle.name, answer, Outcome.DIFFERENT, f"refused here: {refused}")
        outcome, reason = judge.judge(answer.outputs)
        is_other = outcome is Outcome.DIFFERENT
        why = known(program, oracle.name, expected, answer.outputs) if is_other else ""
        return Opinion(oracle.name, answer, outcome, reason, why)

    found = [opinion(oracle) for oracle in oracles]
    if any((each.differs and not each.known) or each.answer.failure is Failure.CRASHED for each in found):
        found += [opinion(oracle) for oracle in more]
    return Panel(tuple(found), refused)
