"""What all commands share: diagnostics on stderr, JSON on stdout, exit codes, and files that are written whole or
not at all.
"""

from __future__ import annotations

import difflib
import filecmp
import functools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from migrate.strict_json import strict
from migrate.whole_file import read_bytes
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, Severity, fail, render
from tensor_core.spans import Source

if TYPE_CHECKING:
    from migrate.params.files import Writer

P = ParamSpec("P")

GOOD, FINDING, BAD_INPUT = 0, 1, 2
"""Exit codes."""

_NOT_THE_INPUT = (codes.REFUSED_OP, codes.OPAQUE_OP, codes.REFUSED_CONSTRUCT, codes.NO_REFERENCE, codes.NOT_LOWERED)
"""The input is good, but more than can be converted or run: a finding."""

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def command(function: Callable[P, int]) -> Callable[P, None]:
    """Turn a function that returns an exit code into a command body that reports diagnostics and exits."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            code = function(*args, **kwargs)
        except DiagnosticError as error:
            code = FINDING if all(item.code in _NOT_THE_INPUT for item in error.diagnostics) else BAD_INPUT
            if as_json:
                print_json({"exit_code": code, "diagnostics": [item.to_json() for item in error.diagnostics]})
            else:
                show_diagnostics(error.diagnostics, error.source)
        sys.exit(code)

    return run


def show_diagnostics(diagnostics: Sequence[Diagnostic], source: Source | None = None) -> None:
    """Print diagnostics on stderr, coloured by severity on a terminal, each with the line it points at."""
    read: dict[str, Source | None] = {} if source is None else {source.name: source}
    for diagnostic in diagnostics:
        span = diagnostic.span
        if span is not None and span.source not in read:
            read[span.source] = _reread(span.source)
        text = render(diagnostic, read.get(span.source) if span else None)
        head, _, rest = text.partition("\n")
        click.secho(head, fg=_COLOURS[diagnostic.severity], bold=True, err=True)
        if rest:
            click.echo(rest, err=True)


def _reread(name: str) -> Source | None:
    """The text behind a span's source, for findings that come after reading; None when it is no readable file."""
    if not Path(name).is_file():
        return None
    try:
        return Source(name, read_bytes(name).decode("utf-8-sig"))
    except (DiagnosticError, UnicodeDecodeError):
        return None


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(strict(document), indent=2, ensure_ascii=False, allow_nan=False))


def write_files(files: Mapping[Path, bytes | Writer], force: bool, keep: Sequence[Path] = ()) -> None:
    """Write all files, each through a temporary file beside it, or none; an overwritten file keeps its permissions.

    An existing file with other content stops everything with R2R0702 and a diff, unless ``force``. R2R0704 for what
    is no regular file, for the files to ``keep`` (those that were read), and for what the system refuses.
    """
    for path in files:
        if path.exists() and not path.is_file():
            raise fail(codes.NOT_WRITTEN, f"{path} is not a regular file", hint="give -o the name of a file")
        if any(path.exists() and other.exists() and path.samefile(other) for other in keep):
            raise fail(codes.NOT_WRITTEN, f"{path} is an input of this command", hint="give another -o")
    staged: list[tuple[str, Path]] = []
    at = Path()
    try:
        for at, content in files.items():
            # A link stays a link: what it points to is replaced.
            path = at.resolve()
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            staged.append((name, path))
            with os.fdopen(handle, "wb") as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    content(stream)
            os.chmod(name, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        if not force:
            for (name, _), path in zip(staged, files, strict=True):
                _check_same(path, Path(name))
        for name, at in staged:
            os.replace(name, at)
    except OSError as error:
        raise fail(codes.NOT_WRITTEN, f"cannot write {at}: {error.strerror}", hint="check the folder of -o") from error
    finally:
        for name, _ in staged:
            Path(name).unlink(missing_ok=True)


def _check_same(path: Path, new: Path) -> None:
    """R2R0702 when a file exists and holds something else than the new one."""
    if not path.exists():
        return
    try:
        if filecmp.cmp(path, new, shallow=False):
            return
        difference = _diff(path, new)
    except OSError as error:
        message = f"{path} exists and cannot be read: {error.strerror}"
        raise fail(codes.FILE_EXISTS, message, hint="give another -o") from error
    message = f"{path} exists and differs:\n{difference}"
    raise fail(codes.FILE_EXISTS, message, hint="give --force to overwrite it, or another -o")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _diff(path: Path, new: Path, limit: int = 40) -> str:
    from migrate.params.files import ENDINGS

    if path.suffix in ENDINGS:
        return f"(parameter files of {path.stat().st_size} and {new.stat().st_size} bytes)"
    if path.suffix == ".html":
        return f"(pages of {path.stat().st_size} and {new.stat().st_size} bytes)"
    try:
        old, found = path.read_text("utf-8").splitlines(), new.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return "(binary files differ)"
    lines = list(difflib.unified_diff(old, found, str(path), "new", lineterm="", n=1))
    shown = lines[:limit]
    return "\n".join([*shown, f"... {len(lines) - limit} more lines"] if len(lines) > limit else shown)
