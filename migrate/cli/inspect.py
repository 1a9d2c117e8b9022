"""``relay2relax inspect``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import GOOD, command, print_json
from migrate.cli.options import from_release_option, json_option, params_option


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@params_option
@from_release_option
@json_option
@command
def inspect(model: Path, params: Path | None, from_release: str | None, as_json: bool) -> int:
    """Show what is in a MODEL: functions, ops by count, parameters, element types, dynamic dimensions.

    \b
    Example: relay2relax inspect bert.json --params bert.params
    """
    import migrate
    from migrate.report.inventory import take_inventory
    from migrate.report.terminal import show_inventory

    inventory = take_inventory(migrate.load(model, params, release=from_release))
    if as_json:
        print_json({"exit_code": GOOD, **inventory.to_json()})
    else:
        show_inventory(inventory)
    return GOOD
