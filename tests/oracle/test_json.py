"""Real TVM 0.19 loads the JSON that we write, as what it was."""

from collections.abc import Callable

import pytest
from json_round_trips import UNEQUAL, outcomes, sample

from oracle import Oracle
from relay_compat.json.writer import save_json
from relay_compat.text.parser import parse

pytestmark = pytest.mark.oracle

TEXTS = [
    "def @main(%x: Tensor[(?, 3), float32]) { split(%x, indices_or_sections=3, axis=1) }",
    "type Tree[A] { Leaf(A), Node(Tree[A], Tree[A]), } def @main[A](%t: Tree[A]) -> Tree[A] { %t }",
    'def @main(%x: Tensor[(2), float64], Primitive=1, mode="a") { let %r = ref(%x); ref_write(%r, %x); ref_read(%r) }',
]


def test_recorded_modules_come_back_equal(corpus: Callable[[str], object], tvm: Callable[[str], Oracle]) -> None:
    corpus("onnx")
    found = dict(outcomes(sample(), tvm("0.19")))
    assert {name: outcome for name, outcome in found.items() if outcome not in ("equal", UNEQUAL)} == {}
    assert sum(outcome == "equal" for outcome in found.values()) >= 295


@pytest.mark.parametrize("text", TEXTS)
def test_modules_from_text_are_what_tvm_reads(text: str, tvm: Callable[[str], Oracle]) -> None:
    text = '#[version = "0.0.5"]\n' + text
    assert tvm("0.19").relay_equal(tvm("0.19").relay_json(text), save_json(parse(text)))
