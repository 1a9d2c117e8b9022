"""``relay2relax corpus``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json
from migrate.cli.options import json_option

if TYPE_CHECKING:
    from migrate.verify.corpus.replay import Finding


@click.group()
def corpus() -> None:
    """Replay recorded cases of a real TVM.

    \b
    Example: relay2relax corpus check corpus --json
    """


@corpus.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
@command
def check(folder: Path, as_json: bool) -> int:
    """Replay the corpus in FOLDER, as "relay2relax record" writes it, without any TVM.

    For each module: whether it is read, typed and printed byte for byte as recorded, computes what was recorded, on the
    interpreter and compiled, and converts; for each case of passes, whether they give the recorded module.

    \b
    Example: relay2relax corpus check corpus
    """
    from migrate.cli.progress import stages
    from migrate.verify.corpus.replay import Result, replay

    with stages(enabled=not as_json) as progress:
        found = list(replay(folder, progress))
    bad = [item for item in found if item.result in (Result.DIFFERENT, Result.REFUSED)]
    code = FINDING if bad else GOOD
    if as_json:
        notable = [item.to_json() for item in found if item.result is not Result.GOOD]
        print_json({"exit_code": code, "counts": _counts(found), "findings": notable})
        return code
    for item in found:
        if item.result is not Result.GOOD:
            style = "yellow" if item.result is Result.UNDECIDED else "red"
            where = f"{item.collection}/{item.case}"
            click.secho(f"{where}: {item.step.value}: {item.result.value}: {item.reason}", fg=style)
    for step, counts in _counts(found).items():
        click.echo(f"{step:<25} " + ", ".join(f"{number} {result}" for result, number in counts.items()))
    return code


def _counts(found: list[Finding]) -> dict[str, dict[str, int]]:
    """By step and result."""
    pairs = Counter((item.step.value, item.result.value) for item in found)
    steps = dict.fromkeys(step for step, _ in pairs)
    return {step: {result: n for (other, result), n in pairs.items() if other == step} for step in steps}
