"""Count how many of the programs that real TVM evaluated ours computes alike, by executor and reason.

python tests/corpus/count_evaluated.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import recorded
from recorded_programs import KINDS, counts


def main() -> None:
    corpus = recorded.Corpus(recorded.path("evaluated"))
    for executor in KINDS:
        rows = [row for row in corpus.rows if row["executor"] == executor]
        for label, part in (("all", rows), ("slice", rows[::5])):
            print(executor, label, len(part), dict(counts(corpus, part)))


main()
