"""Runs a campaign: batches until its goal is reached, each result kept as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from migrate.verify.campaign.database import Database
from migrate.verify.campaign.engines import Engine
from migrate.verify.campaign.plan import Batch, Plan, remaining
from migrate.verify.campaign.tally import Tally

TICK = 0.25
"""Seconds between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Goal:
    """When a campaign ends: after so many ``seconds``, once ``programs`` are done in all, or whichever comes first."""

    seconds: float | None = None
    programs: int | None = None


@dataclass(slots=True)
class Progress:
    """How a run stands. ``tally`` is of the whole database; ``programs`` and ``seconds`` are of this run alone."""

    tally: Tally
    goal: Goal
    programs: int = 0
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Programs a second."""
        return self.programs / self.seconds if self.programs else 0.0


def run_campaign(
    plan: Plan, goal: Goal, engine: Engine, path: Path | None = None, show: Callable[[Progress], None] | None = None
) -> Progress:
    """Go on with the campaign in the folder ``path``, or begin it; without one nothing is kept.

    ``show`` is called a few times a second. KeyboardInterrupt ends the run before its goal, as ``interrupted`` says.
    Raises DiagnosticError as :class:`Database` and the engine do.
    """
    database = Database(path, plan)
    progress = Progress(database.tally, goal)
    try:
        for item in engine.results(_until(goal, progress, remaining(database.done(), goal.programs)), TICK):
            if item is not None:
                batch, tally = item
                database.add(batch, tally)
                progress.programs += tally.programs
            if show is not None:
                show(progress)
    except KeyboardInterrupt:
        progress.interrupted = True
    finally:
        database.close()
    return progress


def _until(goal: Goal, progress: Progress, batches: Iterator[Batch]) -> Iterator[Batch]:
    for batch in batches:
        if goal.seconds is not None and progress.seconds >= goal.seconds:
            return
        yield batch
