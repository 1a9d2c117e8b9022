"""The recorded programs that are not right on one side, with the causes: tests/corpus/program_exceptions.tsv.

Those of the converted programs: converted_exceptions.tsv.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "corpus" / "program_exceptions.tsv"
CONVERTED = FILE.with_name("converted_exceptions.tsv")
HEAD = ("collection", "program", "side", "origin", "outcome", "cause")

Key = tuple[str, str, str]
"""Collection, program, side."""
Row = tuple[str, str, str]
"""Origin, outcome, cause."""


def read(path: Path = FILE) -> dict[Key, Row]:
    """All of them."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        lines = list(csv.reader(file, delimiter="\t"))[1:]
    return {(a, b, c): (d, e, f) for a, b, c, d, e, f in lines}


def write(found: Mapping[Key, Row], path: Path = FILE) -> None:
    """Replace the file."""
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(HEAD)
        table.writerows((*key, *row) for key, row in sorted(found.items()))
