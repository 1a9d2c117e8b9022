"""``relay2relax port``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.common import BAD_INPUT, FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import json_option
from migrate.cli.porting import (
    jobs_option,
    max_bytes_option,
    options_of,
    paths_argument,
    port_paths,
    release_options,
    say_derived,
    show_left,
    show_problems,
)
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, fail
from tensor_core.spans import Span

if TYPE_CHECKING:
    from migrate.cli.porting import Ported
    from migrate.codemods.batch import Outcome, Settings
    from migrate.codemods.files import PortedFile


@click.command()
@paths_argument
@release_options
@click.option("--diff", "mode", flag_value="diff", default="diff", help="Print what would change as a patch (default).")
@click.option("--apply", "mode", flag_value="apply", help="Rewrite the files, all of them or none.")
@click.option(
    "--interactive", "mode", flag_value="interactive", help="Ask about each place, then rewrite what was accepted."
)
@click.option("--rule", "chosen", metavar="ID", multiple=True, help="Use this rule only; may be given several times.")
@click.option(
    "--disable", "without", metavar="ID", multiple=True, help="Leave this rule out; may be given several times."
)
@click.option("--todo/--no-todo", default=True, help="Say in comments what a person has to look at (default).")
@click.option("--allow-dirty", is_flag=True, help="Rewrite files even where git has changes that are not committed.")
@click.option("--lock/--no-lock", "locked", default=True, help="Keep the state in relay2relax.lock (default).")
@max_bytes_option
@jobs_option
@json_option
@command
def port(
    paths: tuple[Path, ...],
    source: str,
    to_release: str | None,
    mode: str,
    chosen: tuple[str, ...],
    without: tuple[str, ...],
    todo: bool,
    allow_dirty: bool,
    locked: bool,
    max_bytes: int,
    jobs: int,
    as_json: bool,
) -> int:
    """Rewrite Python that was written against Relay, or against an earlier Relax.

    PATHs are files, notebooks, or folders of them; links are not followed. Outside the rewritten places every byte
    stays. What a person has to look at is said in a TODO above the statement, and reported. A file that cannot be read
    is reported and left; the others are ported. Files are read as text; nothing in them is run.

    \b
    Example: relay2relax port fork/ --target 0.26 --diff | less
             relay2relax port fork/ --target 0.26 --apply
    """
    from migrate.codemods.batch import Settings

    if mode == "interactive" and as_json:
        raise fail(codes.BAD_OPTION, "--interactive asks on the terminal", hint="leave out --json")
    options = options_of(source, to_release, todo, rest=not chosen)
    settings = Settings(options, chosen, without, max_bytes, again=mode != "diff" and locked)
    say_derived(options.target)
    ported = port_paths(paths, settings, jobs, show=not as_json)
    outcomes = ported.outcomes
    if mode == "interactive":
        from migrate.cli.interactive import chosen_places

        outcomes = chosen_places(outcomes, settings, ported.places)
    if mode != "diff":
        outcomes = [_writable(item) for item in outcomes]
    changed = [item.ported for item in outcomes if item.ported is not None and item.ported.changed]
    written = [] if mode == "diff" else _write(changed, outcomes, settings, paths, allow_dirty, locked)
    code = _exit_code(ported, outcomes, changed, mode)
    if as_json:
        print_json({"exit_code": code, **_document(ported, outcomes, settings, written)})
        return code
    show_problems(ported.walk, outcomes)
    for item in outcomes:
        if item.ported is not None:
            show_left(item)
            if mode == "diff":
                click.echo(item.ported.diff(), nl=False)
    _tell(outcomes, changed, mode)
    return code


def _writable(outcome: Outcome) -> Outcome:
    """The outcome; for a file that is to be rewritten and must not be, that with R2R0704."""
    from migrate.codemods.batch import Outcome

    file, path = outcome.ported, outcome.path
    if file is None or not file.changed or (path.stat().st_mode & 0o222 and os.access(path.resolve().parent, os.W_OK)):
        return outcome
    told = Diagnostic(
        codes.NOT_WRITTEN, f"{path} is read-only", Span(str(path), 1, 1, 1, 2), "make it writable, and port it again"
    )
    return Outcome(path, problems=(told,))


def _tell(outcomes: Sequence[Outcome], changed: Sequence[PortedFile], mode: str) -> None:
    """What was done, and how much is left to look at, on stderr."""
    for file in () if mode == "diff" else changed:
        click.echo(f"{file.path}: {len(file.result.applied)} places rewritten", err=True)
    left = [item.ported for item in outcomes if item.ported is not None and _asks(item.ported)]
    if len(outcomes) > 1 and (changed or left):
        places = sum(len(file.result.applied) for file in changed)
        verb = "would be rewritten" if mode == "diff" else "rewritten"
        told = f"{places} places in {len(changed)} of {len(outcomes)} files {verb}"
        ask = "file asks" if len(left) == 1 else "files ask"
        click.echo(f"{told}; {len(left)} {ask} for a person ('relay2relax scan' says where)", err=True)


def _asks(file: PortedFile) -> bool:
    """Whether a person has to look at a file."""
    from migrate.codemods.driver import Level

    return bool(file.result.refusals) or any(place.level is Level.ASSISTED for place in file.result.places)


def _exit_code(ported: Ported, outcomes: Sequence[Outcome], changed: Sequence[PortedFile], mode: str) -> int:
    if not ported.usable:
        return BAD_INPUT
    look = any(item.problems or (item.ported is not None and _asks(item.ported)) for item in outcomes)
    return FINDING if look or ported.walk.problems or (changed and mode == "diff") else GOOD


def _write(
    changed: Sequence[PortedFile],
    outcomes: Sequence[Outcome],
    settings: Settings,
    roots: Sequence[Path],
    allow_dirty: bool,
    locked: bool,
) -> list[Path]:
    """Write the files and the lock, all or none; the paths that were written."""
    from migrate.cli.git import refuse_uncommitted
    from migrate.cli.locking import lock_path, updated_lock
    from migrate.codemods.lock import NAME

    if changed and not allow_dirty:
        for hint in refuse_uncommitted([file.path for file in changed], NAME):
            click.echo(f"note: {hint}", err=True)
    files = {file.path: file.encoded() for file in changed}
    lock = lock_path(roots)
    if locked:
        text = updated_lock(lock, outcomes, settings.options, roots)
        if text is not None:
            files[lock] = text.encode()
    write_files(files, force=True)
    return [file.path for file in changed]


def _document(
    ported: Ported, outcomes: Sequence[Outcome], settings: Settings, written: Sequence[Path]
) -> dict[str, Any]:
    """The machine form; docs/reference/port.schema.json describes it."""
    from migrate.report.porting import place_json

    return {
        "target": settings.options.target.release,
        "target_checked": settings.options.target.checked,
        "from": settings.options.old,
        "written": [str(path) for path in written],
        "files": [
            {
                **item.ported.to_json(),
                "places": [place_json(place) for place in item.ported.result.places],
                "diagnostics": [problem.to_json() for problem in item.problems],
            }
            if item.ported is not None
            else {
                "file": str(item.path),
                "changed": False,
                "diff": "",
                "applied": [],
                "refused": [],
                "places": [],
                "diagnostics": [problem.to_json() for problem in item.problems],
            }
            for item in outcomes
        ],
        "skipped": [{"path": str(path), "reason": reason} for path, reason in ported.walk.skipped],
        "diagnostics": [problem.to_json() for problem in ported.walk.problems],
    }
