"""The recorded modules of which not all converts well, and why: tests/corpus/conversion_exceptions.tsv."""

import csv
from collections.abc import Iterable
from pathlib import Path

from recorded_conversions import Converted

FILE = Path(__file__).resolve().parents[1] / "corpus" / "conversion_exceptions.tsv"
HEAD = ("collection", "module", "target", "what", "cause")

Row = tuple[str, str, str, str, str]


def exceptions(collection: str, target: str, each: Converted) -> list[Row]:
    """What is not good of a module: untyped, refused, malformed, read back otherwise."""
    found = [
        ("untyped", [each.untyped]),
        ("refused", list(dict.fromkeys(each.causes))),
        ("malformed", [each.malformed.partition(": ")[2]]),
        ("read back otherwise", [each.unlike]),
    ]
    return [(collection, each.name, target, what, cause) for what, causes in found for cause in causes if cause]


def read() -> list[Row]:
    """All of them."""
    with FILE.open(newline="") as file:
        lines = list(csv.reader(file, delimiter="\t"))[1:]
    return [(a, b, c, d, e) for a, b, c, d, e in lines]


def write(rows: Iterable[Row]) -> None:
    """Replace the file."""
    with FILE.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(HEAD)
        table.writerows(sorted(rows))
