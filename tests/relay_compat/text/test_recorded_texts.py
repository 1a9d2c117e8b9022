"""A fixed slice of the recorded modules is printed byte for byte as real TVM prints it; scores.json keeps the count."""

import json
from collections.abc import Callable
from pathlib import Path

import recorded
import recorded_texts

EVERY = 6


def test_slice_of_the_corpus_keeps_its_score(corpus: Callable[[str], recorded.Corpus], root: Path) -> None:
    counted = recorded_texts.score(corpus, recorded_texts.rows()[::EVERY])
    least: dict[str, int] = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["texts"]
    fallen = {key: (counted[key], number) for key, number in least.items() if counted[key] < number}
    assert not fallen, f"now and before: {fallen}; all: {dict(counted)}"
