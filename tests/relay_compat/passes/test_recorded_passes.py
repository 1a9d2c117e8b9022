"""Every recorded case of the passes that exist here: what comes out otherwise has a reason, and scores do not fall."""

from collections.abc import Callable

from pass_scores import exceptions, failing, fallen
from recorded import Corpus
from recorded_passes import results


def test_recorded_passes_keep_their_scores(corpus: Callable[[str], Corpus]) -> None:
    found, _ = results(corpus("passes"))
    assert not fallen(found, "passes")
    assert failing(found) == set(exceptions("passes"))
