"""Long work says how fast it goes, and how long it will take."""

import io
import time

import pytest
from rich.console import Console

from migrate.cli.fuzz_display import left
from migrate.cli.progress import bars
from migrate.verify.campaign.drive import Goal, Progress
from migrate.verify.campaign.tally import Tally


def test_a_bar_shows_steps_rate_and_what_is_left() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = bars(console)
    clock = iter(range(0, 100, 2))
    progress.get_time = lambda: float(next(clock))
    task = progress.add_task("programs", total=100)
    for done in (10, 20, 30):
        progress.update(task, completed=done)
    with console.capture() as shown:
        console.print(progress.get_renderable())
    text = shown.get()
    assert "30/100" in text
    assert "/s" in text
    assert "0:00:" in text
    assert "-:--:--" not in text


def test_a_stage_without_an_end_has_no_rate() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = bars(console)
    progress.add_task("reading", total=None)
    with console.capture() as shown:
        console.print(progress.get_renderable())
    assert "/s" not in shown.get()


@pytest.mark.parametrize(
    ("goal", "rest"),
    [
        (Goal(seconds=100.0), 90),
        (Goal(programs=50), 30),
        (Goal(seconds=15.0, programs=50), 5),
        (Goal(), None),
    ],
)
def test_a_campaign_says_when_it_ends(goal: Goal, rest: float | None) -> None:
    # Ten programs in ten seconds, after ten of an earlier run.
    progress = Progress(Tally(programs=20), goal, programs=10, started=time.monotonic() - 10)
    found = left(progress)
    assert found == (None if rest is None else pytest.approx(rest, abs=0.5))
