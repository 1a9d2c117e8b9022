"""``relay2relax explain``."""

from __future__ import annotations

import click

from migrate.cli.common import GOOD, command, print_json
from migrate.cli.completion import codes as known_codes
from migrate.cli.options import json_option
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail


@click.command()
@click.argument("code", required=False, shell_complete=known_codes)
@json_option
@command
def explain(code: str | None, as_json: bool) -> int:
    """Explain a diagnostic CODE such as R2R0104, or 0104; without one, list them all.

    \b
    Example: relay2relax explain R2R0104
    """
    known = {item.id: item for item in codes.catalogue()}
    asked = "" if code is None else f"R2R{code}" if code.isdecimal() else code.upper()
    if asked and asked not in known:
        hint = did_you_mean(asked, known) or "run 'relay2relax explain' for the list"
        raise fail(codes.BAD_OPTION, f"no diagnostic has the code {code!r}", hint=hint)
    chosen = [known[asked]] if asked else list(known.values())
    if as_json:
        print_json(
            {
                "exit_code": GOOD,
                "codes": [{"code": c.id, "title": c.title, "explanation": c.explanation} for c in chosen],
            }
        )
    elif not asked:
        for item in chosen:
            click.echo(f"{item.id}  {item.title}")
    else:
        click.echo(f"{chosen[0].id}: {chosen[0].title}\n\n{chosen[0].explanation}")
    return GOOD
