"""An inventory of Python for people: tables on a terminal, plain text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from migrate.codemods.driver import Level
from migrate.report.porting import EFFORT, Inventory

STYLES = {
    Level.KEPT: "dim",
    Level.AUTO: "green",
    Level.ASSISTED: "cyan",
    Level.MANUAL: "yellow",
    Level.UNKNOWN: "bold red",
}
_NAMES = 20
"""Rules and unknown names in sight; the JSON has all of them."""


def show_scan(inventory: Inventory, everything: bool = False) -> None:
    """Files, totals, what asks for a person, and the order of passes. On stdout."""
    console = Console(highlight=False, soft_wrap=True)
    if inventory.concerned:
        console.print(_files(inventory))
    counts = inventory.counts
    uses = sum(counts.values())
    if uses:
        console.print(
            f"{uses} uses of TVM in {len(inventory.concerned)} of {len(inventory.files)} files: "
            + ", ".join(f"[{STYLES[level]}]{counts[level]} {level.value}[/]" for level in Level)
            + f"; {(counts[Level.KEPT] + counts[Level.AUTO]) / uses:.0%} need nobody"
        )
        console.print(f"estimated effort: {duration(inventory.minutes)}")
        console.print(f"[dim]{EFFORT}[/]")
    else:
        console.print("no use of TVM was found")
    console.print(*_left(inventory, everything), sep="\n", end="")
    if inventory.passes:
        console.print(_passes(inventory))
    if inventory.skipped:
        told = ", ".join(f"{path} ({reason})" for path, reason in inventory.skipped[:5])
        more = f" and {len(inventory.skipped) - 5} more" if len(inventory.skipped) > 5 else ""
        console.print(escape(f"passed over: {told}{more}"))


def duration(minutes: int) -> str:
    """Minutes as hours, and days of eight hours."""
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 16 else f"{hours / 8:.0f} days of 8 h"


def _files(inventory: Inventory) -> Table:
    table = Table(
        Column("file", overflow="fold"),
        *(level.value for level in Level),
        "effort",
        title=f"Python of TVM {inventory.source} for {inventory.target.release}",
        title_justify="left",
    )
    for file in inventory.concerned:
        worst = "bold red" if file.problems else STYLES[file.worst] if file.worst else None
        said = [str(count or "") for count in file.counts.values()]
        effort = "unreadable" if file.problems else duration(file.minutes) if file.minutes else ""
        table.add_row(escape(str(file.path)), *said, effort, style=worst)
    return table


def _left(inventory: Inventory, everything: bool) -> Sequence[str]:
    lines: list[str] = []
    for level in (Level.ASSISTED, Level.MANUAL):
        rules = [f"{rule} ({count})" for (rule, of), count in inventory.rules.items() if of is level]
        lines += _list(f"{level.value}", rules, STYLES[level], everything)
    names = [f"{name} ({count})" for name, count in inventory.unknown.items()]
    return lines + _list("unknown names", names, STYLES[Level.UNKNOWN], everything)


def _list(title: str, items: Sequence[str], style: str, everything: bool) -> list[str]:
    if not items:
        return []
    shown = items if everything else items[:_NAMES]
    more = f" and {len(items) - len(shown)} more" if len(items) > len(shown) else ""
    return [f"[{style}]{title}:[/] {escape(', '.join(shown))}{more}\n"]


def _passes(inventory: Inventory) -> Table:
    names = [Column(name, overflow="fold") for name in ("pass", "kind", "uses", "place")]
    table = Table("step", *names, title="passes, in the order of porting", title_justify="left")
    for item in inventory.passes:
        uses = ", ".join(map(_short, item["uses"]))
        row = (str(item["step"]), _short(item["name"]), item["kind"], uses, item["place"])
        table.add_row(*map(escape, row))
    return table


def _short(name: str) -> str:
    """A dotted name by its module and itself."""
    return ".".join(name.split(".")[-2:])
