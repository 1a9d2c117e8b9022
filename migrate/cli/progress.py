"""Progress of long work on stderr, on terminals only."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from migrate.ticker import Ticker


@contextmanager
def stages(enabled: bool = True) -> Generator[Ticker | None]:
    """A ticker that draws one bar per stage; None when nothing should be drawn."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    # Loaded where a bar is drawn: no command needs it to tell what it does.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        tasks: dict[str, TaskID] = {}

        def tick(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total or None)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield tick


@contextmanager
def checks(enabled: bool = True) -> Generator[Ticker | None]:
    """A ticker that shows what is being tried, how often something was, and the size of what is left."""
    if not enabled or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda what, done, left: status.update(f"{what}: {done} checks, {left} nodes left")
