"""``relay2relax reduce``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    force_option,
    from_release_option,
    inputs_option,
    json_option,
    params_option,
    running_options,
    seed_option,
)

if TYPE_CHECKING:
    from migrate.verify.reduce import Reduction
    from migrate.verify.reduce.given import Given


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--property",
    "name",
    metavar="NAME",
    help="What fails; default: that of a campaign's finding, else 'verify'. package.module:ATTRIBUTE is your own.",
)
@params_option
@inputs_option
@seed_option
@from_release_option
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path), help="Write the witness there.")
@click.option(
    "--tries",
    default=5000,
    show_default=True,
    type=click.IntRange(min=1),
    help="How often to check the property at most.",
)
@force_option
@running_options
@json_option
@command
def reduce(
    model: Path,
    name: str | None,
    params: Path | None,
    inputs: Path | None,
    seed: int,
    from_release: str | None,
    output: Path | None,
    tries: int,
    force: bool,
    as_json: bool,
) -> int:
    """Make a MODEL on which something fails as small as it gets while it fails in the same way.

    MODEL is a file of Relay or Relax, or the folder of a finding that a campaign wrote (fuzz --database). Relax needs a
    property of your own. With -o a test for pytest is
    written that shows the failure with nothing but this package, and passes once the fault is gone.

    \b
    Example: relay2relax reduce model.relay --inputs failing.npz --property "conversion, compiled" -o witness
             relay2relax reduce findings/findings/conversion-different-1a2b3c4d -o witness
    """
    from migrate.cli.progress import checks
    from migrate.verify.campaign.subjects import subject
    from migrate.verify.reduce import Budget, reduce
    from migrate.verify.reduce.failure import examine
    from migrate.verify.reduce.given import read_given

    given = read_given(model, params, inputs, seed, from_release)
    called = name or given.subject
    wanted = subject(called)
    if not examine(wanted, given.program).key:
        return _nothing(called, as_json)
    with checks(enabled=not as_json) as tick:
        found = reduce(given.program, wanted, Budget(tries), tick)
    files = _files(found, called, given) if output is not None else {}
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        write_files({output / file: content for file, content in files.items()}, force, keep=[model])
    _show(found, called, [str(output / file) for file in files] if output is not None else [], as_json)
    return FINDING


def _files(found: Reduction, called: str, given: Given) -> dict[str, bytes]:
    from migrate.verify.campaign.subjects import subject
    from migrate.verify.witnesses import Case, witness_files

    return witness_files(Case(found.program, subject(called), found.check, called, given.source))


def _nothing(called: str, as_json: bool) -> int:
    if as_json:
        print_json({"exit_code": GOOD, "property": called, "holds": True})
    else:
        click.echo(f"{called}: holds, there is nothing to reduce")
    return GOOD


def _show(found: Reduction, called: str, files: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"exit_code": FINDING, **_document(found, called), "files": files})
        return
    click.echo(_text(found))
    click.secho(found.check.reason.strip(), bold=True)
    end = "" if found.complete else "; --tries ended it"
    click.echo(f"{found.before} nodes became {found.nodes} in {found.tries} checks{end}")
    for file in files:
        click.echo(f"written: {file}")


def _document(found: Reduction, called: str) -> dict[str, Any]:
    return {
        "property": called,
        "holds": False,
        "outcome": found.check.outcome.value,
        "key": found.check.key,
        "reason": found.check.reason,
        "nodes": found.nodes,
        "nodes_before": found.before,
        "checks": found.tries,
        "complete": found.complete,
        "program": _text(found, exact=True),
    }


def _text(found: Reduction, exact: bool = False) -> str:
    """The program as a script, or as text with its arrays below it; ``exact``: as text that reads back."""
    from migrate.reading import is_relax
    from relax_core.text.printer import print_module as script
    from relay_compat.text.printer import print_module as text

    module = found.program.module
    if is_relax(module):
        return script(module, made_for=module.release)
    return text(module, lossless=True) if exact else repr(found.program)
