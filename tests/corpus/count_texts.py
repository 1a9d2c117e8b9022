"""Prints how many of all recorded modules we print byte for byte as real TVM does. Takes no arguments."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import recorded
import recorded_texts

if __name__ == "__main__":
    opened = {name: recorded.Corpus(recorded.path(name)) for name in recorded.NAMES if name != "relax_passes"}
    for outcome, number in sorted(recorded_texts.score(opened.__getitem__, recorded_texts.rows()).items()):
        print(f"{outcome:40} {number:5}")
