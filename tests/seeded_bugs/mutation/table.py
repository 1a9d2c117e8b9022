"""The committed table of what became of each mutant."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[2] / "corpus" / "mutants.tsv"
COLUMNS = ("area", "module", "function", "mutation", "occurrence", "verdict", "by", "programs", "why")
Key = tuple[str, ...]


def read() -> dict[Key, dict[str, str]]:
    """Its rows, by what names a mutant."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="") as file:
        return {tuple(row[name] for name in COLUMNS[:5]): row for row in csv.DictReader(file, delimiter="\t")}


def write(rows: Mapping[Key, Mapping[str, str]], order: Iterable[Key]) -> None:
    """The rows in this order; those that are not in it go."""
    made = TABLE.with_suffix(".new")
    with made.open("w", newline="") as file:
        writer: csv.DictWriter[Any] = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in order if key in rows)
    made.replace(TABLE)
