"""What goes to compilers outside is what goes there on real TVM 0.27."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from relax_core.byoc.cublas import partition_for_cublas
from relax_core.byoc.cutlass import partition_for_cutlass
from relax_core.byoc.pattern_registry import get_pattern, get_patterns_with_prefix, register_patterns
from relax_core.dpl import is_op, wildcard
from relax_core.ir.expr import IRModule
from relax_core.normalize import normalize
from relax_core.passes.fuse_ops_by_pattern import FusionPattern
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tests.corpus.relax_partition_programs import program

ATTENTION = """@I.ir_module
class Module:
    @R.function
    def main(q: R.Tensor((1, 8, 2, 4), dtype="float16")):
        with R.dataflow():
            out = R.nn.attention(q, q, q)
            R.output(out)
        return out
"""


def _hash(module: IRModule) -> str:
    return sha256(print_module(module).encode()).hexdigest()[:12]


def test_partitions_are_those_of_tvm(root: Path) -> None:
    recorded = json.loads((root / "tests" / "corpus" / "relax_partitions.json").read_text())
    for seed, (cublas, cutlass) in enumerate(recorded):
        module = normalize(read(program(seed), release="0.27"))
        assert _hash(partition_for_cublas(module)) == cublas, seed
        assert _hash(partition_for_cutlass(module)) == cutlass, seed


def test_attention_is_refused_for_cutlass() -> None:
    module = normalize(read(ATTENTION, release="0.27"))
    with pytest.raises(DiagnosticError) as caught:
        partition_for_cutlass(module)
    assert caught.value.diagnostics[0].code is codes.NOT_COVERED


def test_patterns_registered_last_come_first() -> None:
    first, last = (FusionPattern("test_byoc.exp", is_op("relax.exp")(wildcard())) for _ in range(2))
    register_patterns([first])
    register_patterns([last, ("test_byoc.log", is_op("relax.log")(wildcard()))])
    assert get_pattern("test_byoc.exp") is last
    assert get_pattern("test_byoc.nothing") is None
    assert [found.name for found in get_patterns_with_prefix("test_byoc.")] == [
        "test_byoc.log",
        "test_byoc.exp",
        "test_byoc.exp",
    ]
    with pytest.raises(TypeError, match="Cannot register type"):
        register_patterns([3])  # type: ignore[list-item]
