"""Simplified kernels compute the same and read better."""

from hypothesis import HealthCheck, given, settings
from kernels import FLOATS, INTS, Case, cases

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Block
from tensor_core.loops.simplify import simplified
from tensor_core.loops.verify import verify
from tensor_core.prim import PrimExpr, const
from tensor_core.types import TensorType


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(cases((*INTS, *FLOATS)))
def test_the_same_bits(case: Case) -> None:
    func = simplified(case.func)
    assert verify(func) == []
    for got, expected in zip(run(func, case.inputs), run(case.func, case.inputs), strict=True):
        assert got.tobytes() == expected.tobytes()


def test_operations_that_do_nothing_go() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((8,)))
    zero, one = const(0, "int64"), const(1, "int64")

    def value(i: PrimExpr) -> PrimExpr:
        index = (i * one + zero) // one + (one - one) + i % one
        return prim.if_then_else(prim.And(zero <= one, i < 8), x[index], 0.0)

    func = simplified(b.finish("kernel", [b.compute((8,), value)]))
    block = func.body
    assert isinstance(block, Block)
    assert isinstance(block.value, prim.Select)
    assert isinstance(block.value.condition, prim.LT)
    assert isinstance(block.value.a, prim.Load)
    assert block.value.a.indices == (block.spatial[0].var,)
