"""A fifth of the recorded Relay modules converted: whole, well formed and read back, but for those that are listed.

    python tests/corpus/count_conversions.py

converts all of them, and lists those of which not all is good.
"""

from collections.abc import Callable

import conversion_exceptions
import pytest
import recorded
from conversions_page import PAGE, page
from recorded_conversions import COLLECTIONS, TARGETS, convert, texts

EVERY = 5


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_modules_convert(collection: str, target: str, corpus: Callable[[str], recorded.Corpus]) -> None:
    known = {row[:4] for row in conversion_exceptions.read()}
    cases = list(texts(collection, corpus(collection.split()[0])))[::EVERY]
    judged = [convert(name, text, target) for name, text in cases]
    found = [row for each in judged for row in conversion_exceptions.exceptions(collection, target, each)]
    assert [row for row in found if row[:4] not in known] == []


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python tests/corpus/count_conversions.py --page"
