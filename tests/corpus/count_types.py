"""Counts the recorded deductions that are ours as well: run `python tests/corpus/count_types.py`."""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from recorded_deduction import deduced, recorded

if __name__ == "__main__":
    for release in ("0.19", "0.27"):
        every, equal = Counter(), Counter()
        for name, args, attrs, expected in recorded(release):
            every[name] += 1
            equal[name] += deduced(name, args, attrs, release) == expected
        whole = [name for name in every if equal[name] == every[name]]
        print(f"{release}: {equal.total()} of {every.total()} cases, {len(whole)} of {len(every)} operators whole")
        print({name: f"{equal[name]}/{every[name]}" for name in every if name not in whole})
