"""A small campaign, and an engine that runs it in this process."""

from collections.abc import Iterator
from typing import Any

from migrate.verify.campaign.batch import run_batch
from migrate.verify.campaign.engines import Done
from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.subjects import subject
from migrate.verify.campaign.tally import Tally

PLAN = Plan(("campaign_subjects:WRONG", "campaign_subjects:UNDECIDED"), seed=1, size=10)
PROGRAMS = 150


class Here:
    """Runs batches in this process, the last first; is interrupted after some of them."""

    def __init__(self, plan: Plan, batches: int | None = None) -> None:
        self.plan = plan
        self.batches = batches

    def results(self, batches: Iterator[Batch], tick: float) -> Iterator[Done | None]:
        del tick
        subjects = [subject(name) for name in self.plan.properties]
        for number, batch in enumerate(sorted(batches, reverse=True)):
            if number == self.batches:
                raise KeyboardInterrupt
            yield batch, run_batch(self.plan, subjects, batch, (), lambda *_: None)


def facts(tally: Tally) -> dict[str, Any]:
    found = tally.to_json()
    del found["seconds"], found["slowest"]
    return {**found, "findings": sorted(found["findings"], key=lambda item: item["key"])}
