"""What became of the faults that were put into the product to see whether they are found: two tables as Markdown.

- `tests/seeded_bugs/seeded.tsv`: `python tests/seeded_bugs/measure.py`
- `tests/corpus/mutants.tsv`: `tox run -e mutants`
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from markup import code, table

ROOT = Path(__file__).resolve().parent.parent
Row = Mapping[str, str]


def rows(path: str) -> list[Row]:
    """The rows of a committed table."""
    with (ROOT / path).open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def seeded() -> str:
    """Faults that were seeded by hand, most of them bugs that TVM had."""
    found = rows("tests/seeded_bugs/seeded.tsv")
    killed = [row for row in found if row["programs"]]
    programs = [int(row["programs"]) for row in killed]
    sizes = [int(row["witness"]) for row in killed]
    alarms = sum(int(row["alarms"]) for row in found)
    checked = sum(int(row["checked"]) for row in found)
    shown = [
        (row["fault"], row["thread"], row["property"], row["programs"] or "survived", row["most"], row["witness"])
        for row in found
    ]
    head = ("fault", "thread of TVM", "found by", "programs", "at most", "nodes")
    return f"""## Seeded faults

{len(killed)} of {len(found)} wrong passes and conversions are found, each after {median(programs):g} programs in the
median (over five seeds; {max(int(row["most"]) for row in killed)} at most). The program that shows one is reduced to
{median(sizes):g} nodes in the median, {max(sizes)} at most, on which it fails in the same way and the right version
does not. On the same {checked:,} programs there were {alarms} false alarms (`tests/seeded_bugs/measure.py`).

{table(head, shown)}"""


def mutants() -> str:
    """Faults made by machine."""
    found = rows("tests/corpus/mutants.tsv")
    faults = [row for row in found if row["verdict"] != "equivalent"]
    killed = [row for row in faults if row["verdict"] == "killed"]
    areas = list(dict.fromkeys(row["area"] for row in found))
    parts = [_area(area, [row for row in found if row["area"] == area]) for area in areas]
    head = ("part", "faults", "killed", "by properties", "programs, median", "by recorded answers", "by tests")
    survivors = [row for row in faults if row["verdict"] == "survives"]
    same = [row for row in found if row["verdict"] == "equivalent"]
    return f"""## Faults made by machine

One condition, operator, constant or call of a function is another one, or one thing that a card declares of how an
operator is spelled. A fixed sample over spellings, conversion, passes and comparison ({code("tox run -e mutants")}):
{len(killed)} of {len(faults)} faults are noticed, {len(killed) / len(faults):.1%}. {len(same)} more mean the same as
the right version and are no faults; why stands in the second table, for some of the spellings as found by trying all
choices of an attribute. A run goes on where the one before it stopped, while the project changed: the rows were judged
on several of its states, and each stands until it is tried again, also where the function has changed since. A few are
judged again in every run of the tests.

{table(head, parts)}

{_listed("Not noticed", survivors)}

{_listed("Mean the same", same)}"""


def _area(area: str, found: Sequence[Row]) -> tuple[str, ...]:
    faults = [row for row in found if row["verdict"] != "equivalent"]
    killed = [row["by"] for row in faults if row["verdict"] == "killed"]
    drawn = [int(row["programs"]) for row in faults if row["programs"]]
    recorded = sum("of real TVM" in by for by in killed)
    tests = sum(by.startswith("test:") or by.endswith(": tests") for by in killed)
    middle = f"{median(drawn):g}" if drawn else ""
    by_properties = len(killed) - recorded - tests
    return area, str(len(faults)), str(len(killed)), str(by_properties), middle, str(recorded), str(tests)


def _listed(title: str, found: Sequence[Row]) -> str:
    lines = [(f"{row['module']}, {row['function']}", code(row["mutation"]), row["why"]) for row in found]
    return f"{title}: {len(found)}.\n\n{table(('where', 'what', 'why'), lines)}" if found else f"{title}: none."
