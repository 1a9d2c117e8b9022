"""A fifth of the recorded programs, converted and run from their script: the answers of TVM, or a listed exception.

    python tests/corpus/count_converted.py

runs all of them, and lists those that are not right.
"""

from collections.abc import Callable

import pytest
import recorded
from converted_programs import cases, verdicts
from program_exceptions import CONVERTED, read

EVERY = 5
PARTS = [(name, part) for name in ("onnx", "evaluated") for part in range(4)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "part"), PARTS)
def test_converted_programs_give_the_answers_of_tvm(
    name: str, part: int, corpus: Callable[[str], recorded.Corpus]
) -> None:
    collection = corpus(name)
    chosen = cases(name, collection)[::EVERY][part::4]
    judged = [verdict for row in chosen for verdict in verdicts(name, collection, row)]
    known = {key: outcome for key, (_, outcome, _) in read(CONVERTED).items()}
    wrong = [v for v in judged if not v.right and known.get((name, v.name, v.side)) != v.outcome]
    wrong = [v for v in wrong if v.outcome != "refused"]
    assert not wrong, [(v.name, v.side, v.outcome, v.reason) for v in wrong]


def test_every_exception_has_a_cause() -> None:
    assert [key for key, (_, _, cause) in read(CONVERTED).items() if not cause] == []
