"""Long and wide programs run, on both executors."""

from typing import Any

import numpy as np
import pytest

from cpu_backend.machine import Machine
from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Tuple, Var
from relax_core.ir.types import TensorType
from relax_core.lower import lower
from relax_core.op import creator
from tensor_core.prim import Var as SymbolicVar

LENGTH = 10_000
ADD, MINUS = creator("add"), creator("negative")


def chain(size: Any) -> Any:
    builder = BlockBuilder()
    x = Var("x", TensorType((size,), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            y = x
            for place in range(LENGTH):
                y = builder.emit(MINUS(y) if place % 2 else ADD(y, x))
            y = builder.emit_output(y)
        builder.emit_func_output(y)
    return builder.get()


@pytest.mark.parametrize("size", [4, SymbolicVar("n")])
def test_a_long_chain(size):
    given = chain(size)
    expected = np.ones(4, "float32")
    for place in range(LENGTH):
        expected = -expected if place % 2 else expected + 1
    machine = Machine(lower(given))
    for run in (lambda x: machine.run([x]), lambda x: evaluate(given, [x])):
        np.testing.assert_array_equal(run(np.ones(4, "float32")), expected)


def test_a_wide_result():
    builder = BlockBuilder()
    x = Var("x", TensorType((2,), "float32"))
    with builder.function("main", [x]):
        parts = [builder.emit(MINUS(x)) for _ in range(LENGTH)]
        builder.emit_func_output(Tuple(tuple(parts)))
    for value in (
        Machine(lower(builder.get())).run([np.ones(2, "float32")]),
        evaluate(builder.get(), [np.ones(2, "f4")]),
    ):
        assert len(value) == LENGTH
        np.testing.assert_array_equal(value[-1], [-1, -1])
