# pyright: basic
"""Where recorded cases go: one folder per case, one line of JSON per case in its collection's index.

What is written is kept whatever becomes of the process. Equal cases are written once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import numpy as np


class Store:
    """Collections below a folder; ``limit``: how large a case may be, in bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self.paused = False
        self.callbacks = False
        self.counts = Counter()
        self._seen = set()

    def guarded(self, what: str, action: Callable[[], Any]) -> Any:
        """The result of recording something. The program that is recorded never sees it fail: that is counted."""
        if self.paused:
            return None
        self.paused = True
        try:
            return action()
        except Exception as error:
            self.skipped(what, f"{type(error).__name__}: {error}")
            return None
        finally:
            self.paused = False

    def skipped(self, what: str, why: str) -> None:
        """Notes what was not recorded."""
        self.counts["skipped"] += 1
        lines = why.strip().splitlines()
        with (self.folder / "skipped.jsonl").open("a") as file:
            file.write(json.dumps({"what": what, "origin": origin(), "why": lines[-1] if lines else ""}) + "\n")

    def add(self, collection: str, files: dict[str, bytes], row: dict[str, Any]) -> None:
        """Writes one case unless an equal one is there. ValueError when it is too large."""
        size = sum(map(len, files.values()))
        if size > self.limit:
            raise ValueError(f"{size} bytes are more than --limit-mb allows")
        key = hashlib.sha256(collection.encode())
        for name in sorted(files):
            key.update(name.encode() + hashlib.sha256(files[name]).digest())
        if key.digest() in self._seen:
            return
        self._seen.add(key.digest())
        here = self.folder / collection
        name = f"{self.counts[collection]:05d}_{slug(origin())}"
        self.counts[collection] += 1
        (here / name).mkdir(parents=True)
        for file, data in files.items():
            (here / name / file).write_bytes(data)
        with (here / "index.jsonl").open("a") as index:
            index.write(json.dumps(dict(name=name, origin=origin(), **row)) + "\n")


def origin() -> str:
    """The test that runs, or the script."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0] or Path(sys.argv[0]).name


def slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text.rpartition("/")[2])[:60].strip("_")


def npz(arrays: dict[str, Any]) -> bytes:
    """Arrays as an .npz; one of an element type that numpy does not know, as unsigned integers."""
    stream = io.BytesIO()
    plain = {
        name: array if array.dtype.isbuiltin == 1 else array.view(f"u{array.dtype.itemsize}")
        for name, array in arrays.items()
    }
    np.savez(stream, **plain)
    return stream.getvalue()


def plain_data(value: Any) -> Any:
    """Arguments as JSON; ``<Type>`` for what is no data."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "Array":
        return [plain_data(item) for item in value]
    if hasattr(value, "value") and isinstance(value.value, (int, float)):
        return value.value
    return f"<{type(value).__name__}>"
