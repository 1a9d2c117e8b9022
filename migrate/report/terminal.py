"""Reports, verdicts and inventories for people: tables on the terminal, plain text elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from migrate.cli.common import show_diagnostics
from migrate.report.inventory import Inventory
from migrate.report.model import NOT_SAID, Fate, Report
from migrate.report.model import Outcome as ConversionOutcome
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
    console.print(*report_parts(report), sep="\n")
    for path in written:
        console.print(f"wrote {path}")
    show_diagnostics(report.diagnostics)


def report_parts(report: Report) -> Iterator[RenderableType]:
    """What a report shows beside its diagnostics."""
    yield _op_table(report)
    counts = report.counts
    yield f"{len(report.conversions)} op calls: " + ", ".join(
        f"{counts[o]} {o.value}" for o in ConversionOutcome if counts[o] or o is ConversionOutcome.DIRECT
    )
    yield from _functions(report)
    for item in report.assumptions:
        where = f"{item.span}: " if item.span else ""
        guard = f"checked by {item.guard}" if item.guard else "not checked when it runs"
        because = f", because {item.why}" if item.why else ""
        yield f"[yellow]{escape(f'{where}@{item.function} assumes {item.what}{because}: {guard}')}[/]"
    if report.renamed:
        old, new = next(iter(report.renamed.items()))
        yield f"{len(report.renamed)} parameters renamed, e.g. {old} -> {new}"
    if report.lifted:
        yield f"{len(report.lifted)} large constants became parameters: {', '.join(report.lifted)}"


def _op_table(report: Report) -> Table:
    rows = Counter((item.op, item.outcome, item.relax, item.lossy or item.reason) for item in report.conversions)
    title = f"{report.source} to {report.into} {report.target}"
    table = Table(f"{report.source} op", "calls", "outcome", report.into, title=title, title_justify="left")
    lossy = {item.op for item in report.conversions if item.lossy}
    for (op, outcome, relax, reason), calls in sorted(
        rows.items(), key=lambda row: (row[0][1].value, -row[1], row[0][0])
    ):
        said = ", ".join(dict.fromkeys(relax)) or reason
        how = f"{outcome.value}, lossy" if op in lossy and reason else outcome.value
        style = "yellow" if outcome in NOT_SAID else None
        table.add_row(op, str(calls), how, escape(said), style=style)
    return table


def _functions(report: Report) -> Iterator[str]:
    """How many functions became what, and each that is not there, with the reason."""
    if len(report.functions) > 1 or any(item.fate is not Fate.CONVERTED for item in report.functions):
        fates = Counter(item.fate for item in report.functions)
        told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
        yield f"{len(report.functions)} functions: {told}"
    for item in report.functions:
        if item.fate is not Fate.CONVERTED:
            yield f"[yellow]{escape(f'@{item.function} is left out: {item.reason}')}[/]"


_EQUAL = {True: "equal", False: "different", None: "open"}


def show_verdict(verdict: Verdict, layers: bool = False) -> None:
    """The verdict, what was compared, and the witness of a difference. On stdout."""
    _console().print(*verdict_parts(verdict, layers), sep="\n")


def verdict_parts(verdict: Verdict, layers: bool = False) -> Iterator[RenderableType]:
    """What a verdict shows; with ``layers`` also the table of all op calls."""
    yield f"[{_STYLES[verdict.outcome]}]{verdict.outcome.value}[/]: {escape(verdict.reason)}"
    if verdict.unproven:
        yield f"[yellow]nothing from outside speaks for:[/] {escape(', '.join(verdict.unproven))}"
    if verdict.outcome is Outcome.PROVED:
        return
    compared = f"{verdict.compared} of {verdict.total} op calls agree on the reference's own inputs"
    yield f"{compared}; the worst used {verdict.worst:.2g} of its bound"
    if layers:
        yield _layers(verdict)
    for note in verdict.interpreted:
        yield f"[yellow]interpreted, not compiled:[/] {escape(note)}"
    if verdict.by_reference:
        yield f"[yellow]by reference, not compiled:[/] {escape(', '.join(verdict.by_reference))}"
    for output in verdict.outputs:
        difference = f"largest difference {output.error:.3g}, admitted {output.bound:.3g}"
        yield f"output {output.index}: {difference}, scale {output.scale:.3g}"
        yield f"  {escape(output.why)}"
    if verdict.algebra is not None:
        found = verdict.algebra
        told = "no difference is seen, but one may hide" if found.equal and found.why else _EQUAL[found.equal]
        why = f": {escape(found.why)}" if found.why else ""
        yield f"in exact arithmetic, modulo 2^61 - 1: {told}{why}"
    if verdict.witness is not None:
        yield from _witness(verdict.witness)
    if verdict.seed is not None:
        yield f"arguments drawn from seed {verdict.seed}"


def _layers(verdict: Verdict) -> Table:
    """Every op call, the worst first; those of one ratio in program order."""
    table = Table("call", "op", "place", "error", "bound", "ratio", "", title="op calls", title_justify="left")
    said = {True: "", False: "wrong", None: "not compared"}
    for row in sorted(verdict.layers, key=lambda row: (row.agrees is not False, -row.ratio, row.number)):
        numbers = (f"{row.error:.3g}", f"{row.bound:.3g}", f"{row.ratio:.2g}")
        table.add_row(str(row.number), row.op, escape(row.place), *numbers, said[row.agrees])
    return table


def _witness(witness: Witness) -> Iterator[str]:
    yield f"first wrong op: [bold]{escape(witness.left)}[/]"
    if not witness.right:
        yield "  no value on the right matches its result"
        return
    yield f"  on the right: {escape(witness.right)}"
    if witness.position is not None:
        values = f"expected {witness.expected!r}, got {witness.got!r}"
        yield f"  at {list(witness.position)}: {values} ({witness.ratio:.3g} times the bound)"


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
