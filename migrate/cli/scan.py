"""``relay2relax scan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import BAD_INPUT, FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import force_option, json_option
from migrate.cli.porting import (
    jobs_option,
    max_bytes_option,
    options_of,
    paths_argument,
    port_paths,
    release_options,
    say_derived,
    show_problems,
)

if TYPE_CHECKING:
    from migrate.cli.porting import Ported
    from migrate.codemods.pass_graph import PassNode

_OUTPUT: click.Path = click.Path(path_type=Path)


@click.command()
@paths_argument
@release_options
@click.option("--html", "page", type=_OUTPUT, metavar="FILE", help="Write the report as one HTML page, too.")
@click.option("--sarif", "findings", type=_OUTPUT, metavar="FILE", help="Write the findings as SARIF 2.1.0, too.")
@click.option("--all", "everything", is_flag=True, help="Show all rules and unknown names, not the most frequent.")
@max_bytes_option
@jobs_option
@force_option
@json_option
@command
def scan(
    paths: tuple[Path, ...],
    source: str,
    to_release: str | None,
    page: Path | None,
    findings: Path | None,
    everything: bool,
    max_bytes: int,
    jobs: int,
    force: bool,
    as_json: bool,
) -> int:
    """Show what a port of Python would find: every use of TVM's API, and what becomes of it.

    Each use is kept (means the same in the target), auto (rewritten), assisted (rewritten, a person should look),
    manual (left to a person) or unknown (no rule knows the name). The passes of the tree are shown in the order of
    porting. It is what 'port' does, without writing.

    \b
    Example: relay2relax scan fork/ --target 0.26 --html report.html --sarif findings.sarif
    """
    from migrate.codemods.batch import Settings
    from migrate.report.html import html
    from migrate.report.porting import take_inventory
    from migrate.report.sarif import sarif
    from migrate.report.scan_terminal import show_scan

    options = options_of(source, to_release)
    say_derived(options.target)
    ported = port_paths(paths, Settings(options, limit=max_bytes), jobs, show=not as_json)
    inventory = take_inventory(
        ported.outcomes,
        options.target,
        options.old,
        ported.walk.skipped,
        ported.walk.problems,
        [node.to_json() for node in _passes(ported)],
    )
    files: dict[Path, bytes] = {}
    if page is not None:
        files[page] = html(inventory, f"Porting {', '.join(map(str, paths))}").encode()
    if findings is not None:
        files[findings] = sarif(inventory, Path.cwd()).encode()
    write_files(files, force, keep=[item.path for item in ported.outcomes])
    unread = any(file.problems for file in inventory.files) or inventory.problems
    code = BAD_INPUT if not ported.usable else FINDING if inventory.minutes or unread else GOOD
    if as_json:
        print_json({"exit_code": code, "written": [str(path) for path in files], **inventory.to_json()})
        return code
    show_problems(ported.walk, ported.outcomes)
    show_scan(inventory, everything)
    for path in files:
        click.echo(f"wrote {path}", err=True)
    return code


def _passes(ported: Ported) -> tuple[PassNode, ...]:
    from migrate.codemods.pass_graph import pass_graph
    from migrate.codemods.tree import module_name

    texts = {
        item.path: item.ported.text
        for item in ported.outcomes
        if item.ported is not None and item.path.suffix != ".ipynb"
    }
    return pass_graph(texts, {path: module_name(path, ported.places[path].package) for path in texts})
