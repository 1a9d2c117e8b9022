"""Prints how many Relax scripts of real TVM releases are read and printed back byte for byte; --write keeps that.

The counts of scores.json ("relax scripts") are minima: tests/relax_core/text/test_recorded_scripts.py holds them.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT)]

import recorded_scripts  # noqa: E402

SCORES = Path(__file__).resolve().parent / "scores.json"

if __name__ == "__main__":
    found = {name: recorded_scripts.score(cases) for name, cases in recorded_scripts.collections().items()}
    for name, counts in found.items():
        for outcome, number in sorted(counts.items()):
            print(f"{name:14} {outcome:30} {number:5}")
    if "--write" in sys.argv:
        scores = json.loads(SCORES.read_text())
        kept = scores.setdefault("relax scripts", {})
        for name, counts in found.items():
            kept[name] = {key: counts[key] for key in sorted(counts) if key.endswith(("equal", "refused with TVM"))}
        SCORES.write_text(json.dumps(scores, indent=2) + "\n")
