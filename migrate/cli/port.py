"""``relay2relax port``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, show_diagnostics, write_files
from migrate.cli.options import json_option


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--diff", "apply", flag_value=False, type=bool, default=False, help="Print what would change as a patch (default)."
)
@click.option("--apply", "apply", flag_value=True, type=bool, help="Rewrite the files, all of them or none.")
@click.option("--rule", "chosen", metavar="ID", multiple=True, help="Use this rule only; may be given several times.")
@json_option
@command
def port(files: tuple[Path, ...], apply: bool, chosen: tuple[str, ...], as_json: bool) -> int:
    """Rewrite Python that was written against Relay.

    Outside the rewritten places every byte stays. What a rule recognises but cannot rewrite without guessing is
    reported with its place and the reason. Files are read as text; nothing in them is run.

    \b
    Exit codes: 0 nothing to do, or all of it applied; 1 something to do or to look at; 2 bad input.
    Example: relay2relax port fork/ops.py --diff | patch -p1
    """
    from migrate.codemods.driver import rules_named
    from migrate.codemods.files import port_file
    from tensor_core.spans import Source

    rules = rules_named(chosen)
    ported = [port_file(path, rules) for path in files]
    written = {file.path: file.encoded() for file in ported if file.changed} if apply else {}
    write_files(written, force=True)
    waiting = any(file.result.refusals or (file.changed and not apply) for file in ported)
    code = FINDING if waiting else GOOD
    if as_json:
        print_json(
            {
                "exit_code": code,
                "written": [str(path) for path in written],
                "files": [file.to_json() for file in ported],
            }
        )
        return code
    for file in ported:
        show_diagnostics(file.result.refusals, Source(str(file.path), file.text))
        if not apply:
            click.echo(file.diff(), nl=False)
        elif file.changed:
            click.echo(f"{file.path}: {len(file.result.applied)} places rewritten", err=True)
    return code
