"""Every recorded case of the passes that exist here; the number of modules that come out as recorded must not fall."""

import json
from collections.abc import Callable
from pathlib import Path

from recorded import Corpus
from recorded_relax_passes import arguments_from, scores


def test_recorded_passes_keep_their_scores(corpus: Callable[[str], Corpus], root: Path) -> None:
    now = scores(corpus("relax_passes"))
    least: dict[str, str] = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["relax_passes"]
    fallen = {name: (now.get(name), score) for name, score in least.items() if good(now.get(name, "0")) < good(score)}
    assert not fallen, f"now and before: {fallen}"


def test_it_is_told_how_many_cases_have_rebuilt_arguments(corpus: Callable[[str], Corpus], root: Path) -> None:
    stored = json.loads((root / "tests" / "corpus" / "scores.json").read_text())
    assert arguments_from(corpus("relax_passes")) == stored["relax_pass_arguments"]


def good(score: str) -> int:
    return int(score.split()[0])
