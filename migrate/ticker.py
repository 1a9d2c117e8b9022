"""Progress of long work, as those who do it tell it."""

from __future__ import annotations

from collections.abc import Callable

Ticker = Callable[[str, int, int], None]
"""Called with the stage's name, its steps done and its steps in all."""


def silent(stage: str, done: int, total: int) -> None:
    """A ticker that shows nothing."""
    del stage, done, total
