"""Machine code of every card's kernel against what real TVM computed, under the card's error bound."""

import native
import numpy as np
import op_bounds
import pytest
import recorded_ops

from cpu_backend.jit import Compiled, Options, compile_kernels
from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.ops.card import Exact
from tensor_core.types import TensorType, leaves

CALLS = [
    call
    for call in recorded_ops.calls()
    if call.failed is None and (call.card.lower is not None or call.card.expand is not None)
]


@pytest.fixture(scope="module")
def kernels() -> list[PrimFunc]:
    return [lower_card(call.card, call.params(), call.types) for call in CALLS]


@pytest.fixture(scope="module")
def compiled(kernels: list[PrimFunc]) -> list[Compiled | None]:
    """All kernels compiled together, as the machine does with a program's."""
    return compile_kernels(kernels, Options())


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[str(call) for call in CALLS])
def test_machine_code_agrees_with_tvm_and_with_the_interpreter(
    number: int, kernels: list[PrimFunc], compiled: list[Compiled | None]
) -> None:
    call, kernel, code = CALLS[number], kernels[number], compiled[number]
    assert verify(kernel) == []
    assert code is not None, "not compiled"
    inputs = flat(call.args)
    results = native.call(code, kernel, inputs)
    params, types = call.params(), call.types
    outputs = [item for item in leaves(call.card.infer(params, *types)) if isinstance(item, TensorType)]
    assert [(r.shape, r.dtype) for r in results] == [(r.shape, r.dtype) for r in call.results]
    given = tuple(results) if len(results) > 1 else results[0]
    assert op_bounds.worst(call.card, params, call.args, types, given) <= 1
    interpreted = interpret.run(kernel, inputs, outputs)
    if isinstance(call.card.error, Exact):
        for ours, expected in zip(results, interpreted, strict=True):
            np.testing.assert_array_equal(ours, expected)


def flat(args: tuple) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    for arg in args:
        found += flat(arg) if isinstance(arg, tuple) else [np.asarray(arg)]
    return found
