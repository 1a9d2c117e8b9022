"""Where a port stands beside its lock, for people."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from migrate.cli.common import show_diagnostics
from migrate.codemods.standing import REGRESSIONS, REVIEW, Standing, State

LEVELS = ("auto", "assisted", "manual", "unknown", REVIEW)
_SAYS = {
    State.BACK: "is what it was before the port",
    State.WORSE: "has more of the old API than before",
    State.NEW: "uses the old API, and is new here",
    State.UNREADABLE: "cannot be read any more",
}
_STYLES = {State.PORTED: "green", State.CHANGED: "cyan", State.WAITING: "yellow", State.GONE: "dim"}


def show_status(found: Standing) -> None:
    """Files that are not simply done, totals, proofs and regressions. On stdout; what cannot be read on stderr."""
    console = Console(highlight=False, soft_wrap=True)
    rows = [file for file in found.files if file.state is not State.PORTED or file.open]
    if rows:
        title = f"Python of TVM {found.lock.source} on its way to {found.lock.target}"
        table = Table(Column("file", overflow="fold"), "state", *LEVELS, "accepted", title=title, title_justify="left")
        for file in rows:
            counts = [str(sum(file.left.get(level, {}).values()) or "") for level in LEVELS]
            accepted = str(len(file.accepted) or "")
            style = _STYLES.get(file.state, "bold red")
            table.add_row(escape(file.name), file.state.value, *counts, accepted, style=style)
        console.print(table)
    states = Counter(file.state for file in found.files)
    told = ", ".join(f"{states[state]} {state.value}" for state in State if states[state])
    console.print(f"{len(found.files)} files: {told or 'none'}; {sum(file.open for file in found.files)} places left")
    for name, proof in sorted(found.lock.proofs.items()):
        worse = f", [bold red]which was {proof.best}[/]" if proof.worse else ""
        console.print(f"{escape(name)}: {proof.verdict} on {proof.programs} programs from seed {proof.seed}{worse}")
    for file in found.regressions:
        console.print(f"[bold red]{escape(file.name)}: {_SAYS[file.state]}[/]")
        for rise in file.rises:
            was = f"{rise.was} before" if rise.was else "none before"
            console.print(f"  {rise.now} {rise.level} {escape(rise.key)}, {was}")
    show_diagnostics([problem for file in found.files if file.state in REGRESSIONS for problem in file.problems])
