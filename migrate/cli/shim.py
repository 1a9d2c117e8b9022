"""``relay2relax shim``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import GOOD, command, print_json, write_files
from migrate.cli.options import force_option, json_option


@click.command()
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The module to write.")
@click.option(
    "--releases", default="0.19,0.27", show_default=True, metavar="R,...", help="The TVM releases that it must run on."
)
@force_option
@json_option
@command
def shim(output: Path, releases: str, force: bool, as_json: bool) -> int:
    """Write a small module with which Python runs on an old and on a new TVM.

    It gives one name to what the releases say differently: arrays, functions that are called by name, the tensor-level
    IR, types and what expressions know, constants and the visitors of them. It imports TVM and nothing else.

    \b
    Example: relay2relax shim -o fork/compat.py --releases 0.19,0.27
    """
    from migrate.shim import shim as text

    write_files({output: text([item.strip() for item in releases.split(",")]).encode()}, force)
    if as_json:
        print_json({"exit_code": GOOD, "written": [str(output)]})
    else:
        click.echo(f"wrote {output}", err=True)
    return GOOD
