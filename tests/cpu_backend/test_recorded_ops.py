"""Machine code of every card's kernel against what real TVM computed, under the card's error bound."""

import native
import numpy as np
import op_bounds
import pytest
import recorded_ops

from cpu_backend.jit import Compiled, Options, compile_kernels
from tensor_core.loops import interpret
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.ops.card import Exact
from tensor_core.types import tensor_type_of

CALLS = [call for call in recorded_ops.calls() if call.failed is None and (call.card.lower or call.card.expand)]


@pytest.fixture(scope="module")
def compiled() -> list[tuple[PrimFunc, Compiled | None] | None]:
    """The kernel of each call, and all compiled together, as the machine does with a program's."""
    kernels = [recorded_ops.kernel(call) for call in CALLS]
    made = iter(compile_kernels([kernel for kernel in kernels if kernel is not None], Options()))
    return [None if kernel is None else (kernel, next(made)) for kernel in kernels]


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[str(call) for call in CALLS])
def test_machine_code_agrees_with_tvm_and_with_the_interpreter(
    number: int, compiled: list[tuple[PrimFunc, Compiled | None] | None]
) -> None:
    call, found = CALLS[number], compiled[number]
    if found is None:
        # How much it finds, and so the sizes of its results, depend on the data.
        assert call.card.name in recorded_ops.FINDS
        return
    kernel, code = found
    assert verify(kernel) == []
    assert code is not None, "not compiled"
    inputs = flat(call.args)
    results = native.call(code, kernel, inputs)
    params, types = call.params(), call.types
    assert [(r.shape, r.dtype) for r in results] == [(r.shape, r.dtype) for r in call.results]
    given = tuple(results) if len(results) > 1 else results[0]
    assert op_bounds.worst(call.card, params, call.args, types, given) <= 1
    interpreted = interpret.run(kernel, inputs, [tensor_type_of(result) for result in results])
    if isinstance(call.card.error, Exact):
        for ours, expected in zip(results, interpreted, strict=True):
            np.testing.assert_array_equal(ours, expected)


def flat(args: tuple) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    for arg in args:
        found += flat(arg) if isinstance(arg, tuple) else [np.asarray(arg)]
    return found
