"""A change may make a program that never ends: one that takes far more steps than it did is taken for such."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from migrate.values import Value

_SPARE = 1000
_TIMES = 20
_WITHIN: ContextVar[Steps | None] = ContextVar("within", default=None)


class TooManySteps(Exception):
    """A program did not end within the steps that it was given."""


class Steps:
    """Counts the steps of a run that an interpreter shows. TooManySteps beyond ``limit``."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.count = 0

    def observe(self, node: Any, value: Value) -> None:
        """A step."""
        del node, value
        self.count += 1
        if self.limit is not None and self.count > self.limit:
            raise TooManySteps(f"more than {self.limit} steps")

    def of_another(self) -> Steps:
        """For a run of what is to compute the same as this one did: more steps than any honest pass makes of them."""
        return Steps(_SPARE + _TIMES * self.count)


@contextmanager
def within(steps: Steps) -> Generator[None]:
    """In the block, runs of the programs that properties are given are counted by ``steps``, all together."""
    token = _WITHIN.set(steps)
    try:
        yield
    finally:
        _WITHIN.reset(token)


def of_given() -> Steps:
    """What counts the steps of the run of a program that a property is given."""
    around = _WITHIN.get()
    return Steps() if around is None else around
