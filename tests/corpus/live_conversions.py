"""Asks real TVM 0.27 and 0.19 what they make of all converted models and ONNX tests: read, built, run, right.

    python tests/corpus/live_conversions.py                     all; writes scores.json and live_conversions.tsv
    python tests/corpus/live_conversions.py --target 0.27       one release, the other's numbers stay
    python tests/corpus/live_conversions.py --every 10 ...      a part, nothing is written
    python tests/corpus/live_conversions.py --case NAME ...     single cases, nothing is written

live_conversions.tsv lists each case that is not right, with TVM's message, whose fault it is and why (live_causes.py);
a test wants a cause for each. Needs the environments of `python -m oracle.environments`. Some 40 minutes.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT)]

import recorded  # noqa: E402
from conversions_page import LIVE, PAGE, SCORES, page  # noqa: E402
from live_causes import cause_of  # noqa: E402
from live_conversions_support import COLLECTIONS, TARGETS, Live, trial  # noqa: E402
from live_file import read, write  # noqa: E402

from oracle import Oracle  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--collection", choices=("models", "onnx", "evaluated"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--case", nargs="*", default=[])
    given = parser.parse_args()
    kept = {row[:3]: row for row in read()}
    table: dict[str, str] = {}
    for target in [given.target] if given.target else TARGETS:
        for collection in [given.collection] if given.collection else COLLECTIONS:
            judged = asked(target, collection, given.every, given.case)
            told = summary(judged)
            print(target, collection, told, flush=True)
            table[f"{target} {collection}"] = told
            kept = {key: row for key, row in kept.items() if (key[0], key[2]) != (collection, target)}
            for each in judged:
                if not each.right:
                    key = (collection, each.case, target)
                    kept[key] = (*key, each.outcome, *cause_of(collection, target, each))
    if given.every == 1 and not given.case:
        scores = json.loads(SCORES.read_text())
        scores[LIVE] = {**scores.get(LIVE, {}), **table}
        SCORES.write_text(json.dumps(scores, indent=2) + "\n")
        write(kept.values())
        PAGE.write_text(page())
    return 0


def asked(target: str, collection: str, every: int, cases: list[str]) -> list[Live]:
    corpus = recorded.Corpus(recorded.path(collection))
    rows = [row for row in corpus.rows[::every] if not cases or row["name"] in cases]
    found: list[Live] = []
    with Oracle(target, timeout=180) as tvm:
        for row in rows:
            found.append(trial(tvm, collection, corpus, row))
            if not found[-1].right or cases:
                print(target, collection, found[-1], flush=True)
    return found


def summary(judged: list[Live]) -> str:
    """Of all cases: converted, read, built (some as C), right."""
    outcomes = Counter(each.outcome for each in judged)
    converted = len(judged) - outcomes["refused"]
    parsed = converted - outcomes["not read"]
    built = parsed - outcomes["not built"]
    ways = Counter(each.built for each in judged)
    right = sum(each.right for each in judged)
    how = ", ".join(f"{number} as {way}" for way, number in sorted(ways.items()) if way not in ("", "llvm"))
    built_so = f"{built} built ({how})" if how else f"{built} built"
    return f"{converted} converted, {parsed} read, {built_so}, {right} right, of {len(judged)}"


if __name__ == "__main__":
    sys.exit(main())
