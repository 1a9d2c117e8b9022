"""Count the recorded programs that interpreter and backend compute as real TVM did, and list the others.

    python tests/corpus/count_programs.py            whole collections; writes scores.json, program_exceptions.tsv
                                                     and docs/reference/recorded_programs.md
    python tests/corpus/count_programs.py --page     the page alone, after a cause was written
    python tests/corpus/count_programs.py NAME ...   what becomes of single cases, nothing is written

Numbers that fall are an error and nothing is written. A new exception is written without a cause: state it in the
file; a test wants it.
"""

import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import recorded
from program_exceptions import FILE, Key, read, write
from programs_page import PAGE, SCORES, SECTION, page
from recorded_programs import COLLECTIONS, SIDES, Verdict, rows, verdicts


def main(names: list[str]) -> int:
    if names == ["--page"]:
        PAGE.write_text(page())
        return 0
    scores = json.loads(SCORES.read_text())
    found: dict[str, dict[str, str]] = {}
    listed: dict[Key, tuple[str, str, str]] = {}
    for collection in COLLECTIONS:
        judged = run(collection, names)
        if names:
            for verdict in judged:
                print(collection, verdict.name, verdict.side, verdict.outcome, verdict.reason)
            continue
        found[collection] = summary(judged)
        print(collection, "by reference:", dict(Counter(name for v in judged for name in v.references)))
        origins = {row["name"]: row.get("origin", "ONNX backend tests") for row in rows(collection)}
        for verdict in judged:
            if not verdict.right:
                listed[collection, verdict.name, verdict.side] = (origins[verdict.name], verdict.outcome, "")
    if names:
        return 0
    print(json.dumps(found, indent=2))
    fallen = [
        f"{collection}, {step}: {before}, now {found[collection].get(step)}"
        for collection, steps in scores.get(SECTION, {}).items()
        for step, before in steps.items()
        # How many are equal to the bit depends on the order of sums, which is free.
        if not step.endswith("exact") and number(found[collection].get(step, "0")) < number(before)
    ]
    if fallen:
        print("fallen:", *fallen, sep="\n")
        return 1
    SCORES.write_text(json.dumps({**scores, SECTION: found}, indent=2) + "\n")
    causes = {key: row[2] for key, row in read().items()}
    write({key: (origin, outcome, causes.get(key, "")) for key, (origin, outcome, _) in listed.items()})
    PAGE.write_text(page())
    unexplained = sum(not causes.get(key) for key in listed)
    print(f"{len(listed)} exceptions, {unexplained} without a cause: {FILE}")
    return 0


def run(collection: str, names: list[str]) -> list[Verdict]:
    corpus = recorded.Corpus(recorded.path(collection))
    chosen = [row for row in rows(collection, corpus) if not names or row["name"] in names]
    return [verdict for row in chosen for verdict in verdicts(COLLECTIONS[collection](corpus, row))]


def summary(judged: list[Verdict]) -> dict[str, str]:
    """By side: right of all, and how; of the backend also how many ran as machine code."""
    total = len(judged) // len(SIDES)
    result: dict[str, str] = {}
    for side in SIDES:
        mine = [verdict for verdict in judged if verdict.side == side]
        outcomes = Counter(verdict.outcome for verdict in mine)
        result[f"{side} right"] = f"{sum(verdict.right for verdict in mine)} of {total}"
        result[f"{side} exact"] = f"{outcomes['exact']} of {total}"
    compiled = [verdict for verdict in judged if verdict.compiled]
    result["backend compiled"] = f"{len(compiled)} of {total}"
    result["backend whole"] = f"{sum(not verdict.references for verdict in compiled)} of {total}"
    return result


def number(score: str) -> int:
    return int(score.split()[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
