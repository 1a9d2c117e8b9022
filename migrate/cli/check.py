"""``relay2relax check``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import BAD_INPUT, GOOD, command, print_json, show_diagnostics
from migrate.cli.options import from_release_option, json_option


@click.command()
@click.argument("models", type=click.Path(path_type=Path), nargs=-1, required=True)
@from_release_option
@json_option
@command
def check(models: tuple[Path, ...], from_release: str | None, as_json: bool) -> int:
    """Check that MODELS (Relay text or JSON, Relax scripts) read, type and are well formed.

    Of a Relax script: every name defined once and before its use, dataflow variables kept inside their blocks, effects
    declared, shapes that agree, arguments that are leaves. Nothing of a script is executed. All files are checked,
    and every fault is shown with its place.

    \b
    Example: relay2relax check model.py
             relay2relax check --from-release 0.19 scripts/*.py
    """
    from migrate.check import check_file

    results = [check_file(path, from_release) for path in models]
    code = GOOD if all(result.good for result in results) else BAD_INPUT
    if as_json:
        print_json({"exit_code": code, "files": [result.to_json() for result in results]})
        return code
    for result in results:
        show_diagnostics(result.diagnostics, result.source)
        if result.good:
            click.echo(f"{result.path}: {result.summary}")
    return code
