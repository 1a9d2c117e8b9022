"""What a campaign does with a seed, and the batches of seeds that are its unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from migrate.verify.generate.draw import SIZE

BATCH = 50
"""Programs in a batch: what an interruption loses at most for each job."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The n-th program follows from ``seed`` and n, what is checked of it from ``properties``: two campaigns of one
    plan find the same. ``features`` are what programs may hold beside operators, by the values of
    :class:`~migrate.verify.generate.Feature`; empty for everything.

    ``seconds`` and ``megabytes``: what checking one property of one program may take; more is a finding.
    """

    properties: tuple[str, ...]
    seed: int = 0
    size: int = SIZE
    features: tuple[str, ...] = ()
    seconds: float = 60.0
    megabytes: int = 4096

    def source(self, number: int) -> str:
        """The seed of the n-th program, for :func:`~migrate.verify.generate.choices.of_seed`."""
        return f"{self.seed}:{number}"

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return asdict(self)

    @staticmethod
    def from_json(fields: dict[str, Any]) -> Plan:
        """What :meth:`to_json` made."""
        lists = {name: tuple(fields[name]) for name in ("properties", "features")}
        known: dict[str, Any] = {**fields, **lists}
        return Plan(**known)


@dataclass(frozen=True, slots=True, order=True)
class Batch:
    """The programs ``first`` to ``first + count - 1``."""

    first: int
    count: int

    @property
    def numbers(self) -> range:
        """Which programs."""
        return range(self.first, self.first + self.count)


def remaining(done: Iterable[Batch], programs: int | None) -> Iterator[Batch]:
    """Batches of the programs below ``programs`` (None: without end) that are in no batch of ``done``, in order."""
    at = 0
    for batch in sorted(done):
        yield from _cut(at, batch.first if programs is None else min(batch.first, programs))
        at = max(at, batch.first + batch.count)
    while programs is None or at < programs:
        yield Batch(at, BATCH if programs is None else min(BATCH, programs - at))
        at += BATCH


def _cut(first: int, end: int) -> Iterator[Batch]:
    for start in range(first, end, BATCH):
        yield Batch(start, min(BATCH, end - start))
