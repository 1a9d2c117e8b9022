"""Every recorded case of the passes that exist here; the number of modules that come out as recorded must not fall."""

import json
from collections.abc import Callable
from pathlib import Path

from recorded import Corpus
from recorded_passes import scores

from relay_compat.transform.registry import NAMES, find


def test_recorded_passes_keep_their_scores(corpus: Callable[[str], Corpus], root: Path) -> None:
    makers = {name: found for name in NAMES if (found := find(name)) is not None}
    now = scores(corpus("passes"), makers)
    least: dict[str, str] = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["passes"]
    fallen = {name: (now.get(name), score) for name, score in least.items() if good(now.get(name, "0")) < good(score)}
    assert not fallen, f"now and before: {fallen}"


def good(score: str) -> int:
    return int(score.split()[0])
