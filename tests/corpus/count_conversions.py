"""Count what recorded Relay modules convert to, and list what is refused.

    python tests/corpus/count_conversions.py          whole collections; writes scores.json, conversion_exceptions.tsv
                                                      and docs/reference/conversions.md
    python tests/corpus/count_conversions.py --list   what is not good, by cause, with the modules; nothing is written
    python tests/corpus/count_conversions.py --page   the page alone

Numbers of good modules that fall are an error and nothing is written.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from conversion_exceptions import Row, exceptions, write
from conversions_page import CALLS, MODULES, PAGE, SCORES, SECTION, page
from recorded_conversions import COLLECTIONS, TARGETS, Converted, convert, opened, texts


def main(arguments: list[str]) -> int:
    if arguments == ["--page"]:
        PAGE.write_text(page())
        return 0
    found = {target: {name: judged(name, target) for name in COLLECTIONS} for target in TARGETS}
    rows = [
        row
        for target, collections in found.items()
        for name, each in collections.items()
        for item in each
        for row in exceptions(name, target, item)
    ]
    if arguments == ["--list"]:
        listed(rows)
        return 0
    told = {target: summary(collections) for target, collections in found.items()}
    scores = json.loads(SCORES.read_text())
    fallen = [
        f"{target}, {name}, {step}: {row[step]}, now {told[target]['collections'][name][step]}"
        for target, before in scores.get(SECTION, {}).items()
        for name, row in before["collections"].items()
        for step in MODULES
        if number(told[target]["collections"][name][step]) < number(row[step])
    ]
    for target, counts in told.items():
        for name, row in counts["collections"].items():
            print(target, name, row)
    if fallen:
        print("fallen:", *fallen, sep="\n")
        return 1
    SCORES.write_text(json.dumps({**scores, SECTION: told}, indent=2) + "\n")
    write(rows)
    PAGE.write_text(page())
    return 0


def judged(collection: str, target: str) -> list[Converted]:
    return [convert(name, text, target) for name, text in texts(collection, opened(collection))]


def summary(collections: dict[str, list[Converted]]) -> dict[str, Any]:
    """What scores.json keeps of one target."""
    causes = Counter(cause for found in collections.values() for each in found for cause in set(each.causes))
    kernels = Counter(
        op for found in collections.values() for each in found for outcome, op, _ in each.ops if outcome == "call_tir"
    )
    return {
        "collections": {name: counted(found) for name, found in collections.items()},
        "causes": dict(ranked(causes)),
        "call_tir": dict(ranked(kernels)),
    }


def counted(found: list[Converted]) -> dict[str, Any]:
    """One row of the tables."""
    typed = [each for each in found if not each.untyped]
    outcomes = sum((each.outcomes for each in typed), Counter[str]())

    def of(good: Iterable[bool]) -> str:
        return f"{sum(good)} of {len(typed)}"

    return {
        "converted": of(each.complete for each in typed),
        "well formed": of(not each.malformed for each in typed),
        "read back": of(not each.unlike for each in typed),
        "assuming": str(sum(each.assumes for each in typed if each.complete)),
        "untyped": str(len(found) - len(typed)),
        "calls": {outcome: outcomes[outcome] for outcome in CALLS},
    }


def listed(rows: list[Row]) -> None:
    """What is not good, by cause, the most frequent first."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for collection, name, target, what, cause in rows:
        groups.setdefault((target, what, cause), []).append(f"{collection}/{name}")
    for (target, what, cause), names in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"{target}: {len(names)} x {what}: {cause}")
        for name in names:
            print(f"    {name}")


def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def number(score: str) -> int:
    return int(score.split()[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
