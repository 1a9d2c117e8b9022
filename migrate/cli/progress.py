"""Progress of long work on stderr, on terminals only."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from migrate.ticker import Ticker


@contextmanager
def stages(enabled: bool = True) -> Generator[Ticker | None]:
    """A ticker that draws one bar per stage; None when nothing should be drawn."""
    console = Console(stderr=True)
    if not enabled or not console.is_terminal:
        yield None
        return
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
    console = Console(stderr=True)
    if not enabled or not console.is_terminal:
        yield None
        return
    with console.status("") as status:
        yield lambda what, done, left: status.update(f"{what}: {done} checks, {left} nodes left")
