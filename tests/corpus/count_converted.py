"""Count the recorded programs that give the right answers after their conversion, and list the others.

    python tests/corpus/count_converted.py            all; writes scores.json, converted_exceptions.tsv and
                                                      docs/reference/conversions.md
    python tests/corpus/count_converted.py NAME ...   what becomes of single cases, nothing is written

Numbers that fall are an error and nothing is written. A new exception is written without a cause, unless it is one of
the Relay program's, too: state it in the file; a test wants it. What is refused is no exception here
(count_conversions.py).
"""

import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import recorded
from conversions_page import PAGE, RUN, SCORES, page
from converted_programs import COLLECTIONS, SIDES, cases, verdicts
from program_exceptions import CONVERTED, Key, Row, read, write
from recorded_programs import Verdict


def main(names: list[str]) -> int:
    scores = json.loads(SCORES.read_text())
    found: dict[str, dict[str, str]] = {}
    listed: dict[Key, Row] = {}
    for collection in COLLECTIONS:
        corpus = recorded.Corpus(recorded.path(collection))
        rows = [row for row in cases(collection, corpus) if not names or row["name"] in names]
        judged = [verdict for row in rows for verdict in verdicts(collection, corpus, row)]
        if names:
            for verdict in judged:
                print(collection, verdict.name, verdict.side, verdict.outcome, verdict.reason)
            continue
        found[collection] = {side: summary([v for v in judged if v.side == side]) for side in SIDES}
        print(collection, found[collection])
        origins = {row["name"]: row.get("origin", "ONNX backend tests") for row in rows}
        for verdict in judged:
            if not verdict.right and verdict.outcome != "refused":
                key = (collection, verdict.name, verdict.side)
                listed[key] = (origins[verdict.name], verdict.outcome, known_cause(key))
    if names:
        return 0
    fallen = [
        f"{collection}, {side}: {before}, now {found[collection][side]}"
        for collection, sides in scores.get(RUN, {}).items()
        for side, before in sides.items()
        if int(found[collection][side].split()[0]) < int(before.split()[0])
    ]
    if fallen:
        print("fallen:", *fallen, sep="\n")
        return 1
    # Another script may have written its part meanwhile.
    scores = json.loads(SCORES.read_text())
    SCORES.write_text(json.dumps({**scores, RUN: found}, indent=2) + "\n")
    write(listed, CONVERTED)
    PAGE.write_text(page())
    print(f"{len(listed)} exceptions, {sum(not row[2] for row in listed.values())} without a cause: {CONVERTED}")
    return 0


def known_cause(key: Key) -> str:
    """The cause written for an exception, or for the same side of the Relay program."""
    collection, name, side = key
    known = read(CONVERTED).get(key) or read().get((collection, name, side.partition(" ")[2]))
    return known[2] if known else ""


def summary(judged: list[Verdict]) -> str:
    """How many of the converted programs are right on a side."""
    outcomes = Counter(verdict.outcome for verdict in judged)
    right = sum(verdict.right for verdict in judged)
    return f"{right} of {len(judged) - outcomes['refused']} ({outcomes['inconclusive']} inconclusive)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
