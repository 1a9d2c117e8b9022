"""Matching, partitioning and rewriting of random programs against what TVM 0.19 did with the same ones."""

import json
from pathlib import Path

import pytest

from tests.corpus.pattern_programs import Cases, digest

BATCH = 100


@pytest.mark.parametrize("start", range(0, 500, BATCH))
def test_as_recorded(root: Path, start: int):
    recorded = json.loads((root / "tests" / "corpus" / "patterns.json").read_text())
    cases, compared = Cases("relay_compat"), 0
    for seed in range(start, start + BATCH):
        lines = cases.outcome(seed)
        for line, ours, theirs in zip(lines, digest(lines).split(), recorded[seed].split(), strict=True):
            if theirs != "-":
                compared += 1
                assert ours == theirs, f"seed {seed}: {line}"
    assert compared > 3 * BATCH
