"""Progress of long work on stderr, on terminals only."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrate.ticker import Ticker

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, Task, TaskID


@contextmanager
def stages(enabled: bool = True) -> Generator[Ticker | None]:
    """A ticker that draws one bar per stage; None when nothing should be drawn."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    with bars() as progress:
        tasks: dict[str, TaskID] = {}

        def tick(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total or None)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield tick


def bars(console: Console | None = None) -> Progress:
    """The bars of stages on stderr: steps done of all, how many a second, time so far and time that is left."""
    # Loaded where a bar is drawn: no command needs it to tell what it does.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps a second."""

        def render(self, task: Task) -> Text:
            rate = task.finished_speed or task.speed
            return Text(f"{rate:,.1f}/s" if rate and task.total else "")

    return Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console or Console(stderr=True),
        transient=True,
    )


@contextmanager
def checks(enabled: bool = True) -> Generator[Ticker | None]:
    """A ticker that shows what is being tried, how often something was, and the size of what is left."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda what, done, left: status.update(f"{what}: {done} checks, {left} nodes left")
