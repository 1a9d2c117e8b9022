"""Count what recorded Relay modules become on the way to Relax and back.

    python tests/corpus/count_round_trips.py          onnx and evaluated; writes its section of scores.json
    python tests/corpus/count_round_trips.py --list   what is not the same, by cause, with the modules; nothing written

Numbers that fall are an error and nothing is written.
"""

import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from conversions_page import SCORES
from recorded_conversions import opened, texts
from round_trips import AS_IT_WAS, NORMAL, VERIFIED, RoundTrip, round_trip

SECTION = "round trips"
COLLECTIONS = ("onnx", "evaluated")
SAME = (AS_IT_WAS, NORMAL, VERIFIED)


def main(arguments: list[str]) -> int:
    found = {name: trips(name) for name in COLLECTIONS}
    if arguments == ["--list"]:
        listed(found)
        return 0
    told = {name: counted(each) for name, each in found.items()}
    scores = json.loads(SCORES.read_text())
    for name, row in told.items():
        print(name, row)
    before = scores.get(SECTION, {})
    fallen = [
        f"{name}, {what}: {row[what]}, now {told[name].get(what, 0)}"
        for name, row in before.items()
        for what in ("same", "stays")
        if told[name][what] < row[what]
    ]
    if fallen:
        print("fallen:", *fallen, sep="\n")
        return 1
    SCORES.write_text(json.dumps({**scores, SECTION: told}, indent=2) + "\n")
    return 0


def trips(collection: str) -> list[RoundTrip]:
    corpus = opened(collection)
    return [trip for name, text in texts(collection, corpus) if (trip := round_trip(name, text)) is not None]


def counted(found: list[RoundTrip]) -> dict[str, int]:
    """One row: modules that convert as a whole, how many of them come back the same, and in which way."""
    kinds = Counter(trip.kind for trip in found)
    return {
        "modules": len(found),
        "same": sum(kinds[kind] for kind in SAME),
        "stays": sum(trip.stays for trip in found),
        **dict(sorted(kinds.items())),
    }


def listed(found: dict[str, list[RoundTrip]]) -> None:
    """What is not the same, the most frequent cause first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for collection, each in found.items():
        for trip in each:
            for why in trip.causes or (() if trip.kind in SAME else ("",)):
                groups.setdefault((trip.kind, why), []).append(f"{collection}/{trip.name}")
            if not trip.stays:
                groups.setdefault(("does not stay", ""), []).append(f"{collection}/{trip.name}")
    for (kind, why), names in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"{len(names)} x {kind}: {why}")
        for name in names:
            print(f"    {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
