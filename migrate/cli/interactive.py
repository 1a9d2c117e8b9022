"""Asks a person about each place that a port would rewrite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.codemods.batch import Outcome, Settings
from migrate.codemods.patch import unified

if TYPE_CHECKING:
    from migrate.codemods.driver import Applied
    from migrate.codemods.files import PortedFile
    from migrate.codemods.tree import Place

_HELP = """y  rewrite this place
n  leave it as it is
f  rewrite the rest of this file
s  leave the rest of this file
a  rewrite all the rest
q  leave all the rest, and write what was accepted"""
_REST = {"f": True, "s": False, "a": True, "q": False}


def chosen_places(outcomes: Sequence[Outcome], settings: Settings, places: Mapping[Path, Place]) -> list[Outcome]:
    """The files with the places that were accepted. A notebook is one place; so is a file that only gets TODOs and
    stand-ins, which come with what is accepted elsewhere.

    Each question shows what the place alone changes, beside what was accepted before it. The end of the input is as
    Ctrl-C: nothing is written.
    """
    asker = _Asker()
    result: list[Outcome] = []
    for outcome in outcomes:
        file = outcome.ported
        if file is None or not file.changed:
            result.append(outcome)
            continue
        place = places[outcome.path]
        whole = file.path.suffix == ".ipynb" or not file.result.applied
        file = _whole(asker, file) if whole else _file(asker, file, settings, place)
        result.append(replace(outcome, ported=file, left=settings.left(file, place) if settings.again else None))
    return result


class _Asker:
    """The answers so far that hold for more than one place."""

    def __init__(self) -> None:
        self._for_file: bool | None = None
        self._for_all: bool | None = None

    def next_file(self) -> None:
        self._for_file = None

    def settled(self) -> bool | None:
        """What was said of this place before; None when it must be asked."""
        return self._for_all if self._for_all is not None else self._for_file

    def ask(self, title: str, difference: str) -> bool:
        """Whether a person wants a change."""
        click.secho(title, bold=True)
        click.echo(difference)
        while True:
            answer = click.prompt("rewrite? [y,n,f,s,a,q,?]", prompt_suffix=" ", show_default=False).strip().lower()
            if answer in ("y", "n"):
                return answer == "y"
            if answer in _REST:
                if answer in ("a", "q"):
                    self._for_all = _REST[answer]
                else:
                    self._for_file = _REST[answer]
                return _REST[answer]
            click.echo(_HELP)


def _whole(asker: _Asker, file: PortedFile) -> PortedFile:
    asker.next_file()
    wanted = asker.settled()
    if wanted is None:
        wanted = asker.ask(f"{file.path}: {len(file.result.applied)} places", file.diff())
    return file if wanted else _untouched(file)


def _untouched(file: PortedFile) -> PortedFile:
    return replace(file, result=replace(file.result, text=file.text, applied=()))


def _file(asker: _Asker, file: PortedFile, settings: Settings, place: Place) -> PortedFile:
    asker.next_file()
    places = list(file.result.applied)
    accepted: list[Applied] = []
    shown = file.text
    for number, item in enumerate(places):
        wanted = asker.settled()
        if wanted is None:
            tried = _with(file, [*accepted, item], places, settings, place)
            title = f"{item.span}: {item.rule} ({number + 1} of {len(places)})"
            wanted = asker.ask(title, unified(shown, tried.result.text, str(file.path)))
        if wanted:
            accepted.append(item)
            shown = "" if asker.settled() is not None else _with(file, accepted, places, settings, place).result.text
    return _with(file, accepted, places, settings, place) if accepted else _untouched(file)


def _with(
    file: PortedFile, accepted: Sequence[Applied], places: Sequence[Applied], settings: Settings, place: Place
) -> PortedFile:
    """The port of a file with these places only."""
    wanted = {(item.rule, item.span.line, item.span.column) for item in accepted}
    declined = {(item.rule, item.span.line, item.span.column) for item in places} - wanted
    options = replace(settings.options, declined=frozenset(declined))
    return replace(settings, options=options).port(file.path, place)
