"""Prints how many wrong spellings the recorded evidence notices, by kind and source, and who survives and why.

    PYTHONPATH=. python tests/corpus/count_mutants.py

It takes a minute or two. Rows that kill survivors belong into `op_rows`.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import mutant_judge
import spelling_mutants


def main() -> None:
    verdicts = mutant_judge.judge(spelling_mutants.mutants())
    survived = Counter(mutant.kind for mutant in verdicts.survivors)
    for kind in sorted({*verdicts.killed, *survived}):
        total = verdicts.killed[kind] + survived[kind]
        print(f"{kind:24} {verdicts.killed[kind]:5} of {total:5} killed, {verdicts.equivalents[kind]:4} equivalent")
    print(f"{'all':24} {verdicts.killed.total():5} of {verdicts.total:5} killed: {verdicts.rate:.1%}")
    for mutant in verdicts.survivors:
        print(f"{mutant} ({mutant_judge.reason(mutant)})")


if __name__ == "__main__":
    main()
