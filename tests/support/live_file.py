"""The converted cases that are not right in a real TVM: tests/corpus/live_conversions.tsv."""

import csv
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "corpus" / "live_conversions.tsv"
HEAD = ("collection", "case", "target", "outcome", "whose", "message", "cause")


def read() -> list[tuple[str, ...]]:
    """The rows of the file: every case that is not right."""
    with FILE.open(newline="") as file:
        return [tuple(line) for line in csv.reader(file, delimiter="\t")][1:]


def write(rows: Iterable[tuple[str, ...]]) -> None:
    """Replace the file."""
    with FILE.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        table.writerow(HEAD)
        table.writerows(sorted(rows))
