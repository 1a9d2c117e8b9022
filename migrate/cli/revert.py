"""``relay2relax revert``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    force_option,
    from_release_option,
    json_option,
    output_option,
    params_option,
    strict_option,
)


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@params_option
@output_option("Where to write the module; default: print it.")
@from_release_option
@strict_option("Exit 1 also for relations between sizes that Relay cannot state.")
@force_option
@json_option
@command
def revert(
    script: Path,
    params: Path | None,
    output: Path | None,
    from_release: str | None,
    strict: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Convert a Relax SCRIPT to Relay, as TVM 0.19 reads it.

    Writes OUT as JSON when its name ends in .json, else as text, and OUT.params when parameters belong to it.
    Symbolic sizes become "?"; the report lists the relations between sizes that are lost so. A function with something
    that Relay cannot say is left out and reported; the rest is converted.

    \b
    Example: relay2relax revert resnet18.py --params resnet18.params.npz -o resnet18.relay
    """
    import migrate
    from migrate.report.terminal import show_report

    result = migrate.revert(migrate.load(script, params, release=from_release))
    files: dict[Path, bytes] = {}
    text = result.json() if output is not None and output.suffix == ".json" else result.text()
    if output is not None:
        files[output] = text.encode()
        if result.module.params:
            files[output.with_suffix(".params")] = result.params_bytes()
        write_files(files, force, keep=[path for path in (script, params) if path is not None])
    findings = result.report.compromises if strict else []
    code = FINDING if findings or not result.report.complete else GOOD
    if as_json:
        document = {"exit_code": code, "written": [str(path) for path in files], **result.report.to_json()}
        print_json(document if output is not None else {**document, "module": text})
        return code
    if output is None:
        click.echo(text, nl=False)
    show_report(result.report, list(files))
    for finding in findings:
        click.secho(f"strict: {finding}", fg="red", err=True)
    return code
