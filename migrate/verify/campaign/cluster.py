"""Where batches run: on the workers of a Dask cluster, each of which keeps a child process for each of its threads."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, cast

from migrate.verify.campaign.engines import Done
from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.tally import Tally
from migrate.verify.campaign.warden import Warden
from tensor_core import codes
from tensor_core.diagnostics import fail

AHEAD = 2
"""Batches given out for each thread of the cluster."""
_LIVES = 5
"""How often a batch is run whose workers are lost."""

_of_thread = threading.local()


def run_here(plan: dict[str, Any], first: int, count: int) -> dict[str, Any]:
    """One batch, on a worker: what it gives follows from its arguments alone, so that it can be run again elsewhere."""
    if getattr(_of_thread, "plan", None) != plan:
        _of_thread.plan, _of_thread.warden = plan, Warden(Plan.from_json(plan))
    warden = cast(Warden, _of_thread.warden)
    return warden.run(Batch(first, count)).to_json()


class Cluster(AbstractContextManager["Cluster"]):
    """The workers behind the scheduler at ``address``, whose environments must hold this package.

    R2R0703 where Dask is not installed or no scheduler answers.
    """

    def __init__(self, plan: Plan, address: str, timeout: float = 10.0) -> None:
        self._plan = plan.to_json()
        try:
            self._dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            hint = "pip install 'relay2relax[dask]'"
            raise fail(codes.BAD_OPTION, "--scheduler needs Dask, which is not installed", hint=hint) from error
        try:
            self._client: Any = self._dask.Client(address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            hint = "its address is what `dask scheduler` prints: tcp://HOST:8786"
            raise fail(codes.BAD_OPTION, f"no scheduler answers at {address}", hint=hint) from error

    def results(self, batches: Iterator[Batch], tick: float) -> Iterator[Done | None]:
        """As :meth:`~migrate.verify.campaign.engines.Engine.results`."""
        under_way: dict[Any, tuple[Batch, int]] = {}
        ended = False
        while True:
            while not ended and len(under_way) < AHEAD * max(1, self._threads()):
                batch = next(batches, None)
                if batch is None:
                    ended = True
                else:
                    under_way[self._submit(batch)] = batch, 1
            if not under_way:
                return
            done = self._done(list(under_way), tick)
            if not done:
                yield None
            for future in done:
                batch, lives = under_way.pop(future)
                if future.status == "finished":
                    yield batch, Tally.from_json(future.result())
                elif lives < _LIVES and isinstance(future.exception(), self._dask.KilledWorker):
                    under_way[self._submit(batch)] = batch, lives + 1
                else:
                    future.result()

    def _submit(self, batch: Batch) -> Any:
        return self._client.submit(run_here, self._plan, batch.first, batch.count, pure=False)

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def _done(self, futures: list[Any], tick: float) -> list[Any]:
        try:
            with self._client.as_current():
                self._dask.wait(futures, timeout=tick, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return []
        return [future for future in futures if future.done()]

    def __exit__(self, *_: object) -> None:
        self._client.close()
