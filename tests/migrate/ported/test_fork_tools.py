"""What measures ports of forks: pieces are cut with what they use, and names of Relay are found where they stand."""

import subprocess
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


def test_what_a_port_brought_is_told_from_what_was_there() -> None:
    from type_checks import brought

    before = "a = f(1)\nb = g(2)\nc = 3\n"
    after = "import x\na = F(1)\nb = G(2)\nc = 3\nd = a.tail\n"
    old = [("call", 0, "f takes nothing"), ("call", 2, "as before")]
    new = [("call", 1, "F takes nothing"), ("call", 3, "as before"), ("attribute", 2, "no G"), ("call", 4, "no tail")]
    assert [text for _, _, text in brought(before, after, old, new)] == ["no G", "no tail"]


def test_the_alias_is_seen_as_stubs(tmp_path: Path) -> None:
    command = [sys.executable, "-P", str(FORKS / "alias_stubs.py"), "0.27", str(tmp_path), str(tmp_path / "known")]
    (tmp_path / "known").write_text('["tvm.relax.frontend.onnx"]')
    subprocess.run(command, check=True, timeout=120)
    relax, classes = (tmp_path / name / "__init__.pyi" for name in ("tvm/relax", "tvm_alias_classes"))
    names = relax.read_text().splitlines()
    call = next(line for line in names if line.startswith("Call = ")).rpartition(".")[2]
    assert f"class {call}(" in classes.read_text()
    assert (tmp_path / "tvm" / "relax" / "frontend" / "onnx" / "__init__.pyi").read_text().count("__getattr__") == 1
    assert not (tmp_path / "tvm" / "relay").exists()
    for file in tmp_path.rglob("*.pyi"):
        compile(file.read_text(), str(file), "exec")
