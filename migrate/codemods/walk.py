"""The Python files and notebooks under the paths that a user names."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.codemods.tree import Place, survey
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic

SUFFIXES = (".py", ".ipynb")
_NOT_SOURCES = frozenset({"__pycache__", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A file to port, and the path given by the user that it was found under (itself when it was named)."""

    path: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found, in the order of the paths; what was passed over and why; what could not be looked at."""

    files: tuple[SourcePath, ...]
    skipped: tuple[tuple[Path, str], ...]
    problems: tuple[Diagnostic, ...]


def walk(paths: Sequence[Path]) -> Walk:
    """Files ending in .py or .ipynb below each path, and the files named themselves, whatever they end in.

    Links are not followed: what they lead to is found where it stands, or is outside. Hidden folders, caches and
    virtual environments are passed over. R2R0701 for paths and folders that cannot be read.
    """
    files: dict[Path, SourcePath] = {}
    skipped: list[tuple[Path, str]] = []
    problems: list[Diagnostic] = []
    for root in paths:
        if not root.is_dir():
            files.setdefault(_real(root), SourcePath(root, root))
            continue
        for item in _below(root, problems):
            if isinstance(item, Path):
                files.setdefault(_real(item), SourcePath(item, root))
            else:
                skipped.append(item)
    return Walk(tuple(sorted(files.values(), key=lambda file: file.path)), tuple(skipped), tuple(problems))


def _real(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _below(root: Path, problems: list[Diagnostic]) -> Iterator[Path | tuple[Path, str]]:
    def unreadable(error: OSError) -> None:
        message = f"cannot read {error.filename}: {error.strerror}"
        problems.append(Diagnostic(codes.FILE_MISSING, message, hint="check its permissions"))

    for folder, names, files in os.walk(root, onerror=unreadable):
        here = Path(folder)
        names.sort()
        for name in list(names):
            reason = _passed_over(here / name)
            if reason is not None:
                names.remove(name)
                if reason:
                    yield here / name, reason
        for name in sorted(files):
            if not name.endswith(SUFFIXES):
                continue
            try:
                mode = (here / name).lstat().st_mode
            except OSError as error:
                unreadable(error)
                continue
            if stat.S_ISREG(mode):
                yield here / name
            else:
                yield here / name, "a link" if stat.S_ISLNK(mode) else "no regular file"


def _passed_over(folder: Path) -> str | None:
    """Why a folder is left out, "" for those that never hold sources of the user; None when it is not."""
    if folder.is_symlink():
        return "a link"
    if folder.name.startswith(".") or folder.name in _NOT_SOURCES:
        return ""
    return "a virtual environment" if (folder / "pyvenv.cfg").exists() else None


def places(files: Sequence[SourcePath], release: str) -> dict[Path, Place]:
    """Where each file stands among the packages of its tree, and what the tree's modules hand on of a release's TVM."""
    absolute = {Path(os.path.abspath(file.path)): file.path for file in files}
    return {absolute[path]: place for path, place in survey(Path("/"), list(absolute), release).items()}
