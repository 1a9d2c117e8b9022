"""Reports, verdicts and inventories for people: tables on the terminal, plain text elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from migrate.cli.common import show_diagnostics
from migrate.report.inventory import Inventory
from migrate.report.model import Outcome as ConversionOutcome
from migrate.report.model import Report
from migrate.verify.verdict import Outcome, Verdict, Witness

_STYLES = {
    Outcome.PROVED: "bold green",
    Outcome.EXACT: "bold green",
    Outcome.WITHIN_BOUND: "green",
    Outcome.DIFFERENT: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
}


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def show_report(report: Report, written: Sequence[Path] = ()) -> None:
    """What became of the ops: one row per op and outcome, then everything that needs a look. On stderr."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    rows = Counter((item.op, item.outcome, item.relax, item.reason) for item in report.conversions)
    title = f"{report.source} to Relax {report.target}"
    table = Table(f"{report.source} op", "calls", "outcome", "Relax", title=title, title_justify="left")
    for (op, outcome, relax, reason), count in sorted(
        rows.items(), key=lambda row: (row[0][1].value, -row[1], row[0][0])
    ):
        said = ", ".join(dict.fromkeys(relax)) or reason
        table.add_row(
            op,
            str(count),
            outcome.value,
            escape(said),
            style="yellow" if outcome in (ConversionOutcome.OPAQUE, ConversionOutcome.REFUSED) else None,
        )
    console.print(table)
    counts = report.counts
    console.print(
        f"{len(report.conversions)} op calls: "
        + ", ".join(f"{counts[o]} {o.value}" for o in ConversionOutcome if counts[o] or o is ConversionOutcome.DIRECT)
    )
    if report.renamed:
        old, new = next(iter(report.renamed.items()))
        console.print(f"{len(report.renamed)} parameters renamed, e.g. {old} -> {new}")
    if report.lifted:
        console.print(f"{len(report.lifted)} large constants became parameters: {', '.join(report.lifted)}")
    if report.unused:
        console.print(
            f"{len(report.unused)} polymorphic functions that nothing calls are left out: {', '.join(report.unused)}"
        )
    for path in written:
        console.print(f"wrote {path}")
    show_diagnostics(report.diagnostics)


def show_verdict(verdict: Verdict) -> None:
    """The verdict, what was compared, and the witness of a difference. On stdout."""
    console = _console()
    console.print(f"[{_STYLES[verdict.outcome]}]{verdict.outcome.value}[/]: {escape(verdict.reason)}")
    console.print(f"{verdict.compared} of {verdict.total} op calls agree on the reference's own inputs", end="; ")
    console.print(f"the worst used {verdict.worst:.2g} of its bound")
    for note in verdict.interpreted:
        console.print(f"[yellow]interpreted, not compiled:[/] {escape(note)}")
    if verdict.by_reference:
        console.print(f"[yellow]by reference, not compiled:[/] {escape(', '.join(verdict.by_reference))}")
    for output in verdict.outputs:
        difference = f"largest difference {output.error:.3g}, admitted {output.bound:.3g}"
        console.print(f"output {output.index}: {difference}, scale {output.scale:.3g}")
    if verdict.witness is not None:
        _show_witness(console, verdict.witness)
    if verdict.seed is not None:
        console.print(f"arguments drawn from seed {verdict.seed}")


def _show_witness(console: Console, witness: Witness) -> None:
    console.print(f"first wrong op: [bold]{escape(witness.left)}[/]")
    if not witness.right:
        console.print("  no value on the right matches its result")
        return
    console.print(f"  on the right: {escape(witness.right)}")
    if witness.position is not None:
        values = f"expected {witness.expected!r}, got {witness.got!r}"
        console.print(f"  at {list(witness.position)}: {values} ({witness.ratio:.3g} times the bound)")


def show_inventory(inventory: Inventory) -> None:
    """Functions, ops, parameters, element types and dynamic dimensions. On stdout."""
    console = _console()
    functions = ", ".join("@" + name for name in inventory.functions)
    console.print(f"{inventory.ir} module: functions {functions}; {inventory.type_definitions} type definitions")
    table = Table("op", "calls", title=f"{sum(inventory.ops.values())} op calls", title_justify="left")
    for op, count in inventory.ops.items():
        table.add_row(op + (" (unknown)" if op in inventory.unknown_ops else ""), str(count))
    console.print(table)
    params = Table("parameter", "type", "value", title=f"{len(inventory.parameters)} parameters", title_justify="left")
    for row in inventory.parameters:
        params.add_row(escape(row.name), escape(row.type), "given" if row.bound else "")
    console.print(params)
    dtypes = ", ".join(f"{dtype} ({count})" for dtype, count in inventory.dtypes.items())
    console.print(f"element types of parameters: {dtypes or 'none'}")
    console.print(f"dynamic parameters: {', '.join(inventory.dynamic) or 'none'}")
