"""``relay2relax ops``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrate.cli.common import GOOD, command, print_json
from migrate.cli.completion import operators
from migrate.cli.options import json_option
from tensor_core import codes
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from migrate.operators import Operator
    from tensor_core.ops.card import Field


@click.command()
@click.argument("name", required=False, shell_complete=operators)
@json_option
@command
def ops(name: str | None, as_json: bool) -> int:
    """Show what is known about operators: spellings, attributes, meaning in Relax, how they run, what proves them.

    Without NAME all of them, one line each. NAME is that of Relay, or of Relax.

    \b
    Example: relay2relax ops nn.conv2d
             relay2relax ops relax.concat
    """
    from migrate.operators import Operator, find, suggestion
    from migrate.operators import operators as all_operators

    if name is None:
        rows = list(all_operators())
        if as_json:
            print_json({"exit_code": GOOD, "operators": [row.to_json() for row in rows]})
        else:
            _list(rows)
        return GOOD
    card = find(name)
    if card is None:
        raise fail(
            codes.UNKNOWN_OP, f"no operator is called {name!r}",
            hint=suggestion(name) or "run 'relay2relax ops' for the list",
        )  # fmt: skip
    found = Operator(card)
    if as_json:
        print_json({"exit_code": GOOD, **found.to_json()})
    else:
        _show(found)
    return GOOD


def _list(rows: list[Operator]) -> None:
    names = [(row.card.relay.name if row.card.relay else "-", ", ".join(row.relax_names) or "-") for row in rows]
    widths = [max(len(pair[n]) for pair in names) for n in (0, 1)]
    for row, (relay, relax) in zip(rows, names, strict=True):
        said = row.says.get("0.27", "-")
        click.echo(f"{relay:<{widths[0]}}  {relax:<{widths[1]}}  {said:<16}  {', '.join(row.evidence) or 'unproven'}")


def _show(row: Operator) -> None:
    card = row.card
    click.echo(f"{card.name}({', '.join(item.name + '...' * item.variadic for item in card.inputs)})")
    if card.relay:
        _line("Relay", f"{card.relay.name}{_attributes(card.relay.fields)}")
    for spelling in card.relax:
        span = f"since {spelling.since}" + (f" until {spelling.until}" if spelling.until else "")
        operands = ", ".join(item.name for item in spelling.operands)
        _line("Relax", f"{spelling.name}({operands}){_attributes(spelling.fields)}, {span}")
    for release, said in row.says.items():
        _line(f"in Relax {release}", said)
    _line("runs as", row.runs)
    _line("element types", ", ".join(row.dtypes))
    _line("gradient", row.gradient or "no")
    _line("agreement", row.agreement)
    _line("laws and traits", ", ".join(row.traits))
    _line("evidence", ", ".join(row.evidence) or "none: no real TVM has judged it")


def _line(label: str, value: str) -> None:
    if value:
        click.echo(f"  {label + ':':<17} {value}")


def _attributes(fields: tuple[Field, ...]) -> str:
    from tensor_core.ops.card import REQUIRED

    told = [item.name if item.default is REQUIRED else f"{item.name}={item.default!r}" for item in fields]
    return f" [{', '.join(told)}]" if told else ""
