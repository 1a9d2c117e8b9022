"""A sample of the recorded modules, converted, in real TVM: right, or listed with the same outcome.

    python tests/corpus/live_conversions.py

asks about all of them.
"""

from collections.abc import Callable

import pytest
import recorded
from live_conversions_support import TARGETS, trial
from live_file import read

from oracle import Oracle

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

EVERY = 40


@pytest.mark.parametrize("release", TARGETS)
def test_converted_modules_are_right_in_tvm(
    release: str, tvm: Callable[[str], Oracle], corpus: Callable[[str], recorded.Corpus]
) -> None:
    known = {row[1]: row[3] for row in read() if row[0] == "onnx" and row[2] == release}
    cases = corpus("onnx")
    found = [trial(tvm(release), "onnx", cases, row) for row in cases.rows[::EVERY]]
    assert [each for each in found if not each.right and known.get(each.case) != each.outcome] == []
