"""Counts for every seeded bug how many programs it takes to see it, and writes seeded.tsv beside this file.

    PYTHONPATH=. python tests/seeded_bugs/measure.py [MOST]

Each bug is hunted from five seeds, through at most MOST programs each (default 1000); the median counts. The right
version of what holds the bug is checked on the same programs: it must not fail on any. The first program that shows the
bug is reduced to its witness: a smaller program on which the bug fails in the same way and the right version does not.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults.catalogue import bugs
from faults.frame import Bug, hunt, reduced

TABLE = Path(__file__).with_name("seeded.tsv")
COLUMNS = (
    "bug", "thread", "fault", "needs", "property", "programs", "most", "witness", "before", "key", "alarms", "checked",
)  # fmt: skip
SHOWN = ("bug", "programs", "most", "witness", "before", "alarms", "property", "key")
STARTS = (0, 100_000, 200_000, 300_000, 400_000)


def measured(bug: Bug, most: int) -> dict[str, Any]:
    """The row of a bug; ``programs`` is empty when some hunt ended without it."""
    hunts = [hunt(bug, most, start) for start in STARTS]
    counts = [found.programs for found in hunts if found.programs is not None]
    killed = len(counts) == len(hunts)
    witness = reduced(bug, hunts[0]) if hunts[0].programs is not None else None
    return {
        "bug": bug.number,
        "thread": bug.thread,
        "fault": bug.fault,
        "needs": bug.needs,
        "property": bug.right.name,
        "programs": int(median(counts)) if killed else "",
        "most": max(counts) if killed else "",
        "witness": "" if witness is None else witness.nodes,
        "before": "" if witness is None else witness.before,
        "key": hunts[0].key,
        "alarms": sum(len(found.alarms) for found in hunts),
        "checked": sum(found.programs or most for found in hunts),
    }


def rows() -> list[dict[str, str]]:
    """The committed table."""
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def main() -> int:
    """Measure all of them."""
    most = int(sys.argv[1]) if sys.argv[1:] else 1000
    found: list[dict[str, Any]] = []
    for bug in bugs():
        found.append(measured(bug, most))
        print(*(found[-1][name] for name in SHOWN), sep="\t", flush=True)
    with TABLE.open("w", newline="") as file:
        writer: csv.DictWriter[Any] = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    killed = [row["programs"] for row in found if row["programs"] != ""]
    alarms = sum(row["alarms"] for row in found)
    nodes = median(row["witness"] for row in found if row["witness"] != "")
    print(
        f"{len(killed)} of {len(found)} killed, median {median(killed)} programs, {alarms} false alarms; "
        f"median witness {nodes} nodes"
    )
    return 0 if len(killed) == len(found) and not alarms else 1


if __name__ == "__main__":
    sys.exit(main())
