"""A journey from Relay to Relax for people: one row per function, in the order of the moves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from migrate.cli.common import show_diagnostics
from migrate.mixed.journey import Journey, Move
from migrate.report.model import Outcome as Said
from migrate.verify.verdict import Outcome

_STYLES = {
    Outcome.EXACT: "green",
    Outcome.WITHIN_BOUND: "green",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.DIFFERENT: "bold red",
    None: "yellow",
}


def show_journey(journey: Journey, written: Sequence[Path] = ()) -> None:
    """The moves and where they lead, on stdout; reasons and places on stderr."""
    console = Console(highlight=False, soft_wrap=True)
    table = Table(
        "function", "state", "calls", "ops", title="Relay to Relax, function by function", title_justify="left"
    )
    for move in journey.moves:
        verdict = "stays Relay" if move.outcome is None else move.outcome.value
        table.add_row("@" + escape(move.function), verdict, str(move.calls), _ops(move), style=_STYLES[move.outcome])
    console.print(table)
    count = sum(move.moved for move in journey.moves)
    console.print(f"{count} of {len(journey.moves)} functions are Relax", end="; ")
    if journey.first_wrong is not None:
        console.print(f"[bold red]first wrong function:[/] @{escape(journey.first_wrong)}")
    elif journey:
        console.print("every state computes what the Relay program does")
    else:
        console.print("every other state computes what the Relay program does")
    for move in journey.moves:
        for item in () if move.report is None else move.report.assumptions:
            console.print(f"[yellow]@{escape(move.function)} assumes:[/] {escape(item.what)}")
        if move.witness:
            console.print(f"first wrong op of @{escape(move.function)}: [bold]{escape(move.witness)}[/]")
        if move.outcome is Outcome.INCONCLUSIVE:
            console.print(f"@{escape(move.function)}: {escape(move.reason)}")
    if journey.seed is not None:
        console.print(f"arguments drawn from seed {journey.seed}")
    for path in written:
        console.print(f"wrote {path}")
    show_diagnostics([item for move in journey.moves for item in move.diagnostics])


def _ops(move: Move) -> str:
    if move.report is None:
        return "" if move.outcome is None else "as given"
    counts = move.report.counts
    return ", ".join(f"{counts[said]} {said.value}" for said in Said if counts[said])
