"""What real TVM prints for the Relay modules of the recorded cases (tests/corpus/texts.tsv), against what we print."""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import recorded

from relay_compat.json.reader import load_json
from relay_compat.text.printer import print_module
from tensor_core.diagnostics import DiagnosticError

TABLE = Path(__file__).resolve().parents[1] / "corpus" / "texts.tsv"
NONE = "-"

Row = dict[str, str]


def rows() -> list[Row]:
    """The modules: `zip`, `case`, and the hashes of the texts `inferred` and `bare`."""
    with TABLE.open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def source(corpus: recorded.Corpus, row: Row) -> str:
    """The JSON of a row's module."""
    case, _, side = row["case"].partition("/")
    return corpus.json(case, "case.json")[side] if side else corpus.text(case, "module.json")


def texts(json: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """What makes our texts, by the column of the table."""
    yield "bare", lambda: print_module(load_json(json, infer=False), annotate=lambda _: "")
    yield "inferred", lambda: print_module(load_json(json))


def score(corpus: Callable[[str], recorded.Corpus], chosen: Iterable[Row]) -> Counter[str]:
    """How many texts equal TVM's, differ, or cannot be made because of a diagnostic, by zip and column."""
    result: Counter[str] = Counter()
    for row in chosen:
        for column, make in texts(source(corpus(row["zip"]), row)):
            if row[column] == NONE:
                continue
            try:
                same = hashlib.sha256(make().encode(errors="surrogateescape")).hexdigest()[:16] == row[column]
                outcome = "equal" if same else "different"
            except DiagnosticError as error:
                outcome = error.diagnostics[0].code.id
            result[f"{row['zip']} {column} {outcome}"] += 1
    return result
