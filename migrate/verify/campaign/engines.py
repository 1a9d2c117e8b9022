"""Where batches run: on this machine, one thread and one child process for each job."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.tally import Tally
from migrate.verify.campaign.warden import Warden

Done = tuple[Batch, Tally]


class Engine(Protocol):
    """Runs batches somewhere. As a context manager it ends what it started."""

    def results(self, batches: Iterator[Batch], tick: float) -> Iterator[Done | None]:
        """The batches' tallies as they come; None about every ``tick`` seconds in between. No batch is taken before
        it can start, and none again once the iterator of batches has ended.
        """
        ...


class Local(AbstractContextManager["Local"]):
    """``jobs`` processes on this machine."""

    def __init__(self, plan: Plan, jobs: int) -> None:
        self._wardens = [Warden(plan) for _ in range(jobs)]
        self._threads: list[threading.Thread] = []

    def results(self, batches: Iterator[Batch], tick: float) -> Iterator[Done | None]:
        """As :meth:`Engine.results`; what a job raises is raised here."""
        found: queue.Queue[Done | BaseException | None] = queue.Queue()
        lock = threading.Lock()

        def work(warden: Warden) -> None:
            try:
                while True:
                    with lock:
                        batch = next(batches, None)
                    if batch is None:
                        break
                    found.put((batch, warden.run(batch)))
                found.put(None)
            except BaseException as error:
                found.put(error)

        for warden in self._wardens:
            thread = threading.Thread(target=work, args=(warden,), daemon=True)
            self._threads.append(thread)
            thread.start()
        working = len(self._wardens)
        while working:
            try:
                item = found.get(timeout=tick)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, BaseException):
                raise item
            if item is None:
                working -= 1
            else:
                yield item

    def __exit__(self, *_: object) -> None:
        for warden in self._wardens:
            warden.end()
        for thread in self._threads:
            thread.join()
        for warden in self._wardens:
            warden.close()
