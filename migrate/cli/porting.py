"""What ``port``, ``scan`` and ``status`` share: their options, and the port of all files under some paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from migrate.cli.common import show_diagnostics
from migrate.cli.progress import stages
from migrate.ticker import silent
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.releases import older

if TYPE_CHECKING:
    from migrate.codemods.batch import Outcome, Settings
    from migrate.codemods.driver import Options
    from migrate.codemods.target import Target
    from migrate.codemods.tree import Place
    from migrate.codemods.walk import Walk

F = TypeVar("F", bound=Callable[..., Any])

paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))

jobs_option = click.option(
    "--jobs",
    default=0,
    type=click.IntRange(min=0),
    help="Files that are ported at a time; default: as many as there are processors, one where there are few files.",
)

max_bytes_option = click.option(
    "--max-bytes", default=4 << 20, show_default=True, type=click.IntRange(min=1), help="Larger files are refused."
)

_FEW = 8
"""Files that are ported faster than processes start."""


def release_options(function: F) -> F:
    """--target and --from."""
    for option in (
        click.option(
            "--from",
            "source",
            default="0.19",
            show_default=True,
            metavar="R",
            help="The release that the Python was written for: up to 0.19 from Relay, later ones from Relax.",
        ),
        click.option(
            "--target", "to_release", default=None, metavar="R", help="The release to port to; default: the newest."
        ),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Ported:
    """The files under the paths, and what became of each."""

    walk: Walk
    places: Mapping[Path, Place]
    outcomes: Sequence[Outcome]

    @property
    def usable(self) -> bool:
        """Whether at least one file could be looked at."""
        return any(outcome.ported is not None for outcome in self.outcomes)


def port_paths(paths: Sequence[Path], settings: Settings, jobs: int, show: bool) -> Ported:
    """Port all files under paths. R2R0701 when there is none, R2R0703 for settings that make no sense."""
    from migrate.codemods.driver import rules_named
    from migrate.codemods.walk import places, walk

    rules_named(settings.rules, settings.without)
    found = walk(paths)
    if not found.files and not found.problems:
        raise fail(
            codes.FILE_MISSING,
            f"no Python file and no notebook under {', '.join(map(str, paths))}",
            hint="give files, or folders that hold files ending in .py or .ipynb",
        )
    where = places(found.files, settings.options.old)
    outcomes = port_some([file.path for file in found.files], where, settings, jobs, show)
    return Ported(found, where, outcomes)


def port_some(
    names: Sequence[Path], where: Mapping[Path, Place], settings: Settings, jobs: int, show: bool
) -> list[Outcome]:
    """Port files, with a bar on terminals."""
    from migrate.codemods.batch import port_all

    with stages(enabled=show) as progress:
        return port_all(names, settings, where, _jobs(jobs, len(names)), progress or silent)


def _jobs(asked: int, files: int) -> int:
    if asked:
        return asked
    return 1 if files <= _FEW else os.cpu_count() or 1


def show_problems(walk: Walk, outcomes: Sequence[Outcome]) -> None:
    """What could not be read, or must not be written, on stderr, each with its line."""
    show_diagnostics(walk.problems)
    for outcome in outcomes:
        for problem in outcome.problems:
            show_diagnostics([problem], outcome.sources.get(problem.span.source) if problem.span else None)


def show_left(outcome: Outcome) -> None:
    """What was recognised and left alone in a file, on stderr, each with its line."""
    assert outcome.ported is not None
    sources = outcome.ported.sources() if outcome.ported.result.refusals else {}
    for item in outcome.ported.result.refusals:
        show_diagnostics([item], sources.get(item.span.source) if item.span else None)


def options_of(source: str, target: str | None, todo: bool = False, rest: bool = True) -> Options:
    """How to port from one release to another. R2R0703 for releases that are not known, or not in that order."""
    from migrate.codemods.api import OLD
    from migrate.codemods.driver import Options
    from migrate.codemods.target import NEWEST, RELEASES, target_named

    found = target_named(target or NEWEST)
    old = OLD if _is_release(source) and older(source, OLD) else source
    if old not in (OLD, *RELEASES):
        raise fail(codes.BAD_OPTION, f"nothing is known of TVM {source}", hint=f"give --from {OLD} or a later release")
    if not older(old, found.release):
        raise fail(codes.BAD_OPTION, f"{found.release} is not later than {source}", hint="give another --target")
    return Options(found, todo, rest, old)


def _is_release(text: str) -> bool:
    major, _, minor = text.partition(".")
    return major.isdecimal() and minor.isdecimal()


def say_derived(target: Target) -> None:
    """Say on stderr that nobody ran ported Python in a release, where that is so."""
    if not target.checked:
        click.echo(
            f"note: TVM {target.release} is derived: what it takes follows from the releases beside it;"
            " ported Python was not run in it",
            err=True,
        )
