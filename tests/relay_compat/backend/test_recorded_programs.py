"""Programs that real TVM answered, on the interpreter and on the backend: a slice of each collection.

    python tests/corpus/count_programs.py

runs all of them, and lists those that are not right.
"""

from collections.abc import Callable
from typing import Any

import pytest
import recorded
from program_exceptions import read
from programs_page import PAGE, page
from recorded_programs import COLLECTIONS, Verdict, rows, sliced, verdicts

PARTS = [(name, part) for name in COLLECTIONS for part in range(4)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "part"), PARTS)
def test_programs_give_the_answers_of_tvm(name: str, part: int, corpus: Callable[[str], recorded.Corpus]) -> None:
    collection = corpus(name)
    chosen = sliced(rows(name, collection))[part::4]
    judged = [verdict for row in chosen for verdict in _judged(name, collection, row)]
    known = {key: outcome for key, (_, outcome, _) in read().items()}
    wrong = [v for v in judged if not v.right and known.get((name, v.name, v.side)) != v.outcome]
    assert not wrong, [(v.name, v.side, v.outcome, v.reason) for v in wrong]


def _judged(name: str, collection: recorded.Corpus, row: dict[str, Any]) -> list[Verdict]:
    return list(verdicts(COLLECTIONS[name](collection, row)))


def test_every_exception_has_a_cause() -> None:
    assert [key for key, (_, _, cause) in read().items() if not cause] == []


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python tests/corpus/count_programs.py --page"
