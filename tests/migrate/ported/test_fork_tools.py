"""What measures ports of forks: pieces are cut with what they use, and names of Relay are found where they stand."""

import sys
from pathlib import Path

import pytest

FORKS = Path(__file__).parents[2] / "forks"
SOURCE = """
import numpy as np
from tvm import relay
from tvm.relay.dataflow_pattern import is_op, wildcard
from .beside import *

LIMIT = 3

def helper(x):
    return relay.nn.relu(x)

def other(x):
    return np.abs(x)

@decorated
class Rewrite:
    def run(self, x):
        return helper(x) if LIMIT else is_op("add")
"""


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(FORKS)])


def test_a_piece_has_what_it_uses_and_nothing_else() -> None:
    from cut import cut

    piece = cut(SOURCE, ["Rewrite"])
    assert "def helper" in piece
    assert "LIMIT = 3" in piece
    assert "@decorated" in piece
    assert "from tvm.relay.dataflow_pattern import is_op\n" in piece
    for left_out in ("other", "numpy", "wildcard", "beside"):
        assert left_out not in piece
    compile(piece, "piece", "exec")


def test_uses_of_relay_are_found_by_line() -> None:
    from names_left import relay_lines

    assert relay_lines(SOURCE) == {10: "tvm.relay.nn.relu", 18: "tvm.relay.dataflow_pattern.is_op"}


def test_places_have_idioms() -> None:
    from idioms import idiom_of

    assert idiom_of("tvm.relay.dataflow_pattern.is_op", "") == "dataflow patterns"
    assert idiom_of("tvm.relay.TupleGetItem", "") == "expressions and types"
    assert idiom_of("tvm.relay.op.nn.conv2d", "") == "calls of operators"
    assert idiom_of("", "relay.functors.methods") == "mutators and visitors"
