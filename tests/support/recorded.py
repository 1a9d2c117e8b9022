"""The recorded cases: what real TVM releases printed and computed, in zip files beside the repository."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

DIRECTORY = Path(__file__).resolve().parents[3] / "shared" / "corpus"
NAMES = ("evaluated", "models", "onnx", "passes", "relax_passes")


def path(name: str) -> Path:
    """Where the collection `name` should be."""
    return DIRECTORY / f"{name}.zip"


def required() -> bool:
    """Whether a missing collection is a failure (as in CI) and not a reason to skip."""
    return os.environ.get("RELAY2RELAX_REQUIRE_CORPUS") == "1"


class Corpus:
    """One collection: `rows` is its index; each row's `name` is a case, a folder of files."""

    def __init__(self, file: Path) -> None:
        self._zip = zipfile.ZipFile(file)
        self.rows: list[dict[str, Any]] = json.loads(self._zip.read("index.json"))
        self._members = frozenset(self._zip.namelist())

    def has(self, case: str, file: str) -> bool:
        return f"{case}/{file}" in self._members

    def read(self, case: str, file: str) -> bytes:
        """KeyError if the case has no such file."""
        return self._zip.read(f"{case}/{file}")

    def text(self, case: str, file: str) -> str:
        return self.read(case, file).decode()

    def json(self, case: str, file: str) -> Any:
        return json.loads(self.read(case, file))

    def arrays(self, case: str, file: str = "data.npz") -> dict[str, np.ndarray[Any, Any]]:
        """By name, in the order of the file."""
        with np.load(io.BytesIO(self.read(case, file)), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    def close(self) -> None:
        self._zip.close()


def rows(name: str) -> list[dict[str, Any]]:
    """The index of a collection, for `pytest.mark.parametrize`.

    Empty without the collection, so that pytest skips the test; FileNotFoundError where it is required.
    """
    if not path(name).exists() and not required():
        return []
    corpus = Corpus(path(name))
    corpus.close()
    return corpus.rows


def relay_modules() -> Iterator[tuple[str, str]]:
    """The JSON text of every recorded Relay module, those before and after a pass too, with its name."""
    for name in ("models", "onnx", "evaluated", "passes"):
        found = Corpus(path(name))
        for row in found.rows:
            case = row["name"]
            if name != "passes":
                yield f"{name}/{case}", found.text(case, "module.json")
                continue
            record = found.json(case, "case.json")
            for side in ("before", "after"):
                module = record[side]
                yield f"{name}/{case}/{side}", module if isinstance(module, str) else json.dumps(module)
        found.close()
