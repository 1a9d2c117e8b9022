"""A campaign on a Dask cluster finds what one on this machine does, also when a worker is lost half-way."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from here_engine import PLAN, PROGRAMS, Here, facts

from migrate.verify.campaign.cluster import Cluster
from migrate.verify.campaign.drive import Goal, Progress, run_campaign

distributed = pytest.importorskip("distributed", reason="needs the extra `campaign`")


@pytest.fixture
def scheduler() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def test_a_lost_worker_loses_no_finding(scheduler: str, tmp_path: Path) -> None:
    lost: list[int] = []

    def lose_one(progress: Progress) -> None:
        if progress.programs and not lost:
            with distributed.Client(scheduler, set_as_default=False, timeout=60) as client:
                lost.append(next(iter(client.run(os.getpid).values())))
            os.kill(lost[0], signal.SIGKILL)

    with Cluster(PLAN, scheduler, timeout=60) as cluster:
        tally = run_campaign(PLAN, Goal(programs=PROGRAMS), cluster, tmp_path, lose_one).tally
    assert lost
    assert facts(tally) == facts(run_campaign(PLAN, Goal(programs=PROGRAMS), Here(PLAN)).tally)
