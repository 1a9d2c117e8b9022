"""Every recorded case of the passes that exist here: what comes out otherwise has a reason, and scores do not fall."""

import json
from collections.abc import Callable
from pathlib import Path

from pass_scores import exceptions, failing, fallen
from recorded import Corpus
from recorded_relax_passes import arguments_from, results


def test_recorded_passes_keep_their_scores(corpus: Callable[[str], Corpus]) -> None:
    found, _ = results(corpus("relax_passes"))
    assert not fallen(found, "relax_passes")
    assert failing(found) == set(exceptions("relax_passes"))


def test_it_is_told_how_many_cases_have_rebuilt_arguments(corpus: Callable[[str], Corpus], root: Path) -> None:
    stored = json.loads((root / "tests" / "corpus" / "scores.json").read_text())
    assert arguments_from(corpus("relax_passes")) == stored["relax_pass_arguments"]
