"""``relay2relax record``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, print_json
from migrate.cli.options import json_option
from migrate.cli.oracle_options import interpreter, oracle_options
from tensor_core import codes
from tensor_core.diagnostics import fail


@click.command(context_settings={"ignore_unknown_options": True})
@oracle_options("The Python that has the TVM with Relay and runs the command.", required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder of the corpus, new or empty.")
@click.option("--inner", is_flag=True, help="Record also the passes that builds and pipelines run inside.")
@click.option("--limit-mb", default=64, show_default=True, type=click.IntRange(min=1), help="Leave out larger cases.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop the command after this time.")
@json_option
@click.argument("command_line", nargs=-1, required=True, type=click.UNPROCESSED)
@command
def record(
    oracle_python: Path,
    oracle_path: tuple[Path, ...],
    oracle_import: tuple[str, ...],
    out: Path,
    inner: bool,
    limit_mb: int,
    timeout: float | None,
    as_json: bool,
    command_line: tuple[str, ...],
) -> int:
    """Run a fork's own tests or scripts in its TVM, and record what goes through it as a corpus.

    COMMAND_LINE is "pytest ..." or a script with its arguments; it runs in the Python of --oracle-python. Recorded are
    the programs that are evaluated with arguments and results, the modules that are built, and the passes that are
    applied with their options and what they gave. "relay2relax corpus check" replays them without any TVM.

    \b
    Example: relay2relax record --oracle-python ~/fork/bin/python --out corpus -- pytest tests/python/fork
    """
    from migrate.verify.corpus.record import record as recorded

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise fail(codes.FILE_EXISTS, f"{out} is not an empty folder", hint="give another --out")
    asked = interpreter(oracle_python, oracle_path, oracle_import)
    # One document on stdout: what the command prints goes where messages go.
    stdout = 2 if as_json else None
    found = recorded(asked, command_line, out, inner=inner, limit_mb=limit_mb, timeout=timeout, stdout=stdout)
    code = GOOD if found.exit_code == 0 and found.cases else FINDING
    if as_json:
        document = {"cases": found.cases, "skipped": list(found.skipped), "command_exit_code": found.exit_code}
        print_json({"exit_code": code, **document})
        return code
    ended = "was stopped" if found.exit_code is None else f"ended with {found.exit_code}"
    told = ", ".join(f"{number} {collection}" for collection, number in found.cases.items()) or "nothing"
    click.echo(f"the command {ended}; recorded in {out}: {told}")
    for (what, why), number in Counter((item["what"], item["why"]) for item in found.skipped).most_common():
        click.echo(f"  not recorded, {number} times: {what}: {why}", err=True)
    return code
