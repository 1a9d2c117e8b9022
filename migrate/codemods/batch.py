"""Many files ported, one after the other or in several processes; what goes wrong with one stays with that one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrate.codemods.driver import Options, PortResult, all_rules, rules_named
from migrate.codemods.files import PortedFile, port_file, port_text
from migrate.codemods.source import PYTHON_BYTES
from migrate.codemods.tree import NOWHERE, Place
from migrate.ticker import Ticker, silent
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.spans import Source, Span


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of all files alike: how to port, rules by identifier (none: all), and rules left out."""

    options: Options
    rules: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    limit: int = PYTHON_BYTES
    again: bool = False
    """Whether what is written is looked at once more, for what is left in it."""

    def port(self, path: Path, place: Place) -> PortedFile:
        """One file; see :func:`~migrate.codemods.files.port_file` for what is raised."""
        declined = self.options.declined | {(rule, 0, 0) for rule in self.without}
        options = replace(self.options, declined=declined)
        return port_file(path, rules_named(self.rules), options, place, self.limit)

    def left(self, ported: PortedFile, place: Place) -> PortResult:
        """What there is to do, for all rules, in the file once it is written."""
        if not ported.changed and not self.rules and not self.without:
            return ported.result
        options = replace(self.options, todo=False, rest=True, declined=frozenset())
        return port_text(ported.result.text, ported.path, all_rules(), options, place, self.limit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its port, or why there is none."""

    path: Path
    ported: PortedFile | None = None
    left: PortResult | None = None
    """What there is to do in the new text, where that was asked."""
    problems: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source])


def port_all(
    paths: Sequence[Path],
    settings: Settings,
    places: Mapping[Path, Place],
    jobs: int = 1,
    tick: Ticker = silent,
) -> list[Outcome]:
    """Port files, in the order given whatever ``jobs``. Never raises for what one of them holds.

    An error inside a rule, or a process that ends, is R2R0811 for the file that it happened with.
    """
    worker = _Worker(settings, places)
    done: dict[Path, Outcome] = {}
    in_processes = jobs > 1 and len(paths) > 1
    for outcome in _in_processes(paths, worker, jobs) if in_processes else map(worker.port, paths):
        done[outcome.path] = outcome
        tick("files", len(done), len(paths))
    return [done[path] for path in paths]


class _Worker:
    """What a process needs to port any of the files."""

    def __init__(self, settings: Settings, places: Mapping[Path, Place]) -> None:
        self._settings = settings
        self._places = places

    def port(self, path: Path) -> Outcome:
        settings, place = self._settings, self._places.get(path, NOWHERE)
        try:
            ported = settings.port(path, place)
            return Outcome(path, ported, settings.left(ported, place) if settings.again else None)
        except DiagnosticError as error:
            sources = {error.source.name: error.source} if error.source else {}
            return Outcome(path, problems=error.diagnostics, sources=sources)
        except Exception as error:
            return Outcome(path, problems=(_failed(path, f"{type(error).__name__}: {error}"),))


_worker: _Worker | None = None
"""Of this process; set once, so that what all files share is sent once."""


def _start(worker: _Worker) -> None:
    global _worker
    _worker = worker


def _port(path: Path) -> Outcome:
    assert _worker is not None, "the process was started with one"
    return _worker.port(path)


def _in_processes(paths: Sequence[Path], worker: _Worker, jobs: int) -> Iterator[Outcome]:
    left = dict.fromkeys(paths)
    for outcome in _pool(paths, worker, min(jobs, len(paths))):
        del left[outcome.path]
        yield outcome
    # A process ended, and took the others of its pool with it: one at a time shows with which file.
    for path in left:
        found = list(_pool([path], worker, 1))
        yield found[0] if found else Outcome(path, problems=(_failed(path, "the process that ported it ended"),))


def _pool(paths: Sequence[Path], worker: _Worker, jobs: int) -> Iterator[Outcome]:
    # Not plain fork: threads of the caller (a progress bar) may hold locks.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(jobs, context, _start, (worker,)) as pool:
        try:
            futures = [pool.submit(_port, path) for path in paths]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            return


def _failed(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(
        codes.PORT_FAILED,
        f"{path} is left as it is: {reason}",
        Span(str(path), 1, 1, 1, 2),
        "please report it; --disable leaves out a rule",
    )
