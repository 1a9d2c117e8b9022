"""``relay2relax inspect``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import GOOD, command, from_release_option, json_option, print_json


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--params", type=click.Path(path_type=Path), help="Parameters saved with relay.save_param_dict, or an .npz."
)
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
