"""How a campaign shows itself: live on terminals, and its summary as text or data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from migrate.verify.campaign.drive import Progress
from migrate.verify.campaign.plan import Plan
from migrate.verify.campaign.tally import Finding
from migrate.verify.generate.coverage import reached

_KEYS = 12
"""Findings in sight while a campaign runs."""
_REASON = 400
"""Characters of a reason in the summary; the finding's file has all of it."""

Show = Callable[[Progress], None]


@contextmanager
def display(enabled: bool = True) -> Generator[Show | None]:
    """What draws the progress, on a terminal; None when nothing should be drawn."""
    console = Console(stderr=True)
    if not enabled or not console.is_terminal:
        yield None
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        yield lambda progress: live.update(_view(progress))


def summary(plan: Plan, progress: Progress, database: Path | None) -> dict[str, Any]:
    """The machine form: the campaign in all, how this run went, findings with their programs."""
    tally = progress.tally
    facts = tally.to_json()
    return {
        "plan": plan.to_json(),
        "database": None if database is None else str(database),
        "this_run": {
            "programs": progress.programs,
            "seconds": progress.seconds,
            "programs_per_second": progress.rate,
            "interrupted": progress.interrupted,
        },
        "programs": tally.programs,
        "outcomes": facts["outcomes"],
        "slowest": {"seconds": tally.slowest[0], "source": tally.slowest[1]},
        "covered": covered(progress),
        "coverage": facts["coverage"],
        "findings": [item.to_json() for item in tally.failures],
        "undecided": [item.to_json() for item in tally.undecided],
    }


def covered(progress: Progress) -> dict[str, str]:
    """How many different things of each kind the programs held, and of how many where that is known."""
    counts = progress.tally.coverage
    seen = {kind: f"{count:,}" for kind, count in sorted(Counter(kind for kind, _ in counts).items())}
    return seen | {kind: f"{some:,} of {whole:,}" for kind, (some, whole) in reached(counts).items()}


def show_summary(plan: Plan, progress: Progress, database: Path | None) -> None:
    """The terminal form, on stdout."""
    tally = progress.tally
    when = "until it was interrupted" if progress.interrupted else "in this run"
    click.echo(f"{tally.programs} programs from seed {plan.seed}, {progress.rate:.1f} a second {when}")
    for name in dict.fromkeys(name for name, _ in tally.outcomes):
        counts = ", ".join(f"{count} {what}" for (of, what), count in sorted(tally.outcomes.items()) if of == name)
        click.echo(f"  {name}: {counts}")
    click.echo("covered: " + ", ".join(f"{count} {kind}" for kind, count in covered(progress).items()))
    for finding in tally.failures:
        _show_finding(finding)
    if tally.failures and database is not None:
        click.echo(f"their programs and inputs: {database / 'findings'}")


def _show_finding(finding: Finding) -> None:
    click.secho(f"{finding.key}: {finding.count} programs, the first from seed {finding.source}", fg="red", bold=True)
    reason = finding.reason if len(finding.reason) <= _REASON else f"{finding.reason[:_REASON]} ..."
    click.echo("  " + reason.replace("\n", "\n  "))


def left(progress: Progress) -> float | None:
    """About how many seconds a campaign goes on; None while nothing tells."""
    goal = progress.goal
    rests = [] if goal.seconds is None else [goal.seconds - progress.seconds]
    if goal.programs is not None and progress.rate:
        rests.append((goal.programs - progress.tally.programs) / progress.rate)
    return max(0.0, min(rests)) if rests else None


def _view(progress: Progress) -> Group:
    tally, goal = progress.tally, progress.goal
    table = Table.grid(padding=(0, 2))
    of_all = f" of {goal.programs:,}" if goal.programs else ""
    of_time = f" of {goal.seconds / 60:.0f}" if goal.seconds else ""
    minutes = f"{progress.seconds / 60:.1f}{of_time} minutes"
    rest = left(progress)
    to_go = "" if rest is None else f", {rest / 60:.1f} minutes to go"
    table.add_row("programs", f"{tally.programs:,}{of_all}, {progress.rate:.1f} a second, {minutes}{to_go}")
    outcomes: Counter[str] = Counter()
    for (_, what), count in tally.outcomes.items():
        outcomes[what] += count
    table.add_row("checks", ", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items())))
    table.add_row("covered", ", ".join(f"{count} {kind}" for kind, count in covered(progress).items()))
    table.add_row("slowest", f"{tally.slowest[0]:.1f} s, seed {tally.slowest[1]}")
    failures = tally.failures
    for finding in failures[:_KEYS]:
        table.add_row("[red]finding[/]", f"{finding.count} x {finding.key}, seed {finding.source}")
    if len(failures) > _KEYS:
        table.add_row("", f"and {len(failures) - _KEYS} more")
    return Group(table)
