"""One collection of a corpus, read; and packed from the folders that a recorder wrote."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any, Self

import numpy as np

from migrate.values import Array
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.limits import DEFAULT, Limits

COLLECTIONS = ("evaluated", "models", "passes")
_DAMAGE = (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, RuntimeError, NotImplementedError)


class Corpus:
    """One collection. ``rows`` is its index; each row's ``name`` is a case, a folder of files.

    Nothing in it is executed. What it cannot read raises DiagnosticError R2R0512, beyond the limits R2R0111.
    """

    def __init__(self, file: Path, limits: Limits | None = None) -> None:
        self._file = file
        self._limits = limits or DEFAULT
        try:
            self._zip = zipfile.ZipFile(file)
            self._members = frozenset(self._zip.namelist())
            self.rows: list[dict[str, Any]] = json.loads(self._read("index.json"))
            names = [row["name"] for row in self.rows]
        except FileNotFoundError as error:
            raise fail(codes.FILE_MISSING, f"there is no {file}", hint="check the path") from error
        except _DAMAGE as error:
            raise self._damaged(str(error)) from error
        if not all(isinstance(name, str) for name in names):
            raise self._damaged("a case without a name")

    def has(self, case: str, file: str) -> bool:
        """Whether a case has such a file."""
        return f"{case}/{file}" in self._members

    def read(self, case: str, file: str) -> bytes:
        """A file of a case."""
        if not self.has(case, file):
            raise self._damaged(f"it lacks {case}/{file}")
        return self._read(f"{case}/{file}")

    def text(self, case: str, file: str) -> str:
        """A file of a case as text."""
        return self.read(case, file).decode()

    def json(self, case: str, file: str) -> Any:
        """A file of a case as JSON."""
        return json.loads(self.read(case, file))

    def arrays(self, case: str, file: str = "data.npz") -> dict[str, Array]:
        """Arrays by name, in the order of the file."""
        try:
            with np.load(io.BytesIO(self.read(case, file)), allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (zipfile.BadZipFile, ValueError, EOFError) as error:
            raise self._damaged(f"{case}/{file}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, member: str) -> bytes:
        size = self._zip.getinfo(member).file_size
        if size > self._limits.bytes:
            message = f"{self._file}: {member} has {size} bytes, more than {self._limits.bytes}"
            raise fail(codes.LIMIT, message, hint="raise the limit if the file can be trusted")
        try:
            return self._zip.read(member)
        except _DAMAGE as error:
            raise self._damaged(f"{member}: {error}") from error

    def _damaged(self, why: str) -> DiagnosticError:
        return fail(codes.BAD_CORPUS, f"{self._file} is no collection of cases: {why}", hint="record it again")


def pack(folder: Path, collection: str, out: Path) -> int:
    """Make a collection of the cases that a recorder left below ``folder``. Gives how many there are.

    A recorder that ended in the middle of a case left no row of it, and it is left out.
    """
    index = folder / collection / "index.jsonl"
    if not index.exists():
        return 0
    rows: list[dict[str, Any]] = []
    for line in index.read_text("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    with zipfile.ZipFile(out / f"{collection}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.json", json.dumps(rows, indent=1))
        for row in rows:
            for file in sorted((folder / collection / row["name"]).iterdir()):
                archive.write(file, f"{row['name']}/{file.name}")
    return len(rows)
