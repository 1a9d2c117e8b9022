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
from tensor_core.ops.card import Exact, Reject
from tensor_core.types import TensorType, leaves

# They need operands whose values the program states: sizes, scales, what is counted. Here all operands are computed.
BY_VALUE = {
    "qnn.add", "qnn.avg_pool2d", "qnn.concatenate", "qnn.leaky_relu", "qnn.mul", "qnn.requantize", "qnn.softmax",
    "qnn.subtract", "vision.all_class_non_max_suppression",
}  # fmt: skip
LOWERED = [
    call
    for call in recorded_ops.calls()
    if call.failed is None and (call.card.lower is not None or call.card.expand is not None)
]


def refusal(call: recorded_ops.Call) -> str | None:
    """Why a call of an operator that needs known operands has no kernel."""
    if call.card.name not in BY_VALUE and not call.card.name.startswith("dyn."):
        return None
    try:
        lower_card(call.card, call.params(), call.types)
    except Reject as reject:
        return reject.message
    return None


CALLS = [call for call in LOWERED if refusal(call) is None]


def test_what_needs_known_operands_says_so() -> None:
    told = {message for message in map(refusal, LOWERED) if message}
    assert told
    assert all("depends on the values of an operand" in text or "is computed" in text for text in told), told


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
