"""The recorded cases: what real TVM releases printed and computed, in zip files beside the repository."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrate.verify.corpus.archive import Corpus

__all__ = ["NAMES", "Corpus", "path", "relay_modules", "required", "rows"]

DIRECTORY = Path(__file__).resolve().parents[3] / "shared" / "corpus"
NAMES = ("evaluated", "models", "onnx", "passes", "relax_passes")


def path(name: str) -> Path:
    """Where the collection `name` should be."""
    return DIRECTORY / f"{name}.zip"


def required() -> bool:
    """Whether a missing collection is a failure (as in CI) and not a reason to skip."""
    return os.environ.get("RELAY2RELAX_REQUIRE_CORPUS") == "1"


def rows(name: str) -> list[dict[str, Any]]:
    """The index of a collection, for `pytest.mark.parametrize`.

    Empty without the collection, so that pytest skips the test; FileNotFoundError where it is required.
    """
    if not path(name).exists():
        if required():
            raise FileNotFoundError(path(name))
        return []
    with Corpus(path(name)) as corpus:
        return corpus.rows


def relay_modules() -> Iterator[tuple[str, str]]:
    """The JSON text of every recorded Relay module, those before and after a pass too, with its name."""
    for name in ("models", "onnx", "evaluated", "passes"):
        with Corpus(path(name)) as found:
            for row in found.rows:
                case = row["name"]
                if name != "passes":
                    yield f"{name}/{case}", found.text(case, "module.json")
                    continue
                record = found.json(case, "case.json")
                for side in ("before", "after"):
                    module = record[side]
                    yield f"{name}/{case}/{side}", module if isinstance(module, str) else json.dumps(module)
