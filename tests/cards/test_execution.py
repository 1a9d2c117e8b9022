"""Of drawn calls of every card: the reference has the inferred type, its kernel computes the same in the interpreter
and as machine code.
"""

from typing import Any

import native
import numpy as np
import op_bounds
import pytest
from drawn_calls import DRAWING, DrawnCall, calls, examples
from hypothesis import given
from hypothesis import strategies as st

from cpu_backend.jit import Options, compile_kernels
from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.ops.card import Exact, OpCard, Reject
from tensor_core.reference import evaluate
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, Type, leaves, tensor_type_of

COMPUTING = [card for card in DRAWING if card.reference or card.expand]


@pytest.mark.parametrize("card", COMPUTING, ids=lambda card: card.name)
@examples(10)
@given(data=st.data())
def test_the_reference_the_kernel_and_machine_code_agree(card: OpCard[Any], data: st.DataObject) -> None:
    call = data.draw(calls(card))
    ours = evaluate(card, call.params, call.args)
    results, types = flat(ours), tensors(call.infer())
    assert_types(results, types, card.at_most)
    kernel = kernel_of(call)
    if kernel is None:
        return
    assert verify(kernel) == []
    inputs = flat(call.args)
    interpreted = interpret.run(kernel, inputs, [tensor_type_of(result) for result in results])
    code = compile_kernels([kernel], Options(strict=True))[0]
    assert code is not None, "not compiled"
    native_results = native.call(code, kernel, inputs)
    for found in (interpreted, native_results):
        assert_types(found, types)
        assert op_bounds.worst(card, call.params, call.args, call.types, like(ours, found)) <= 1, (ours, found)
    if isinstance(card.error, Exact):
        kept = op_bounds.compared(card, call.params, call.args, len(results))
        for a, b, which in zip(interpreted, native_results, kept, strict=True):
            np.testing.assert_array_equal(np.where(which, a, 0), np.where(which, b, 0))


def kernel_of(call: DrawnCall) -> PrimFunc | None:
    """The call's kernel; None where the card states none for these parameters or sizes depend on values."""
    if not (call.card.lower or call.card.expand) or not all(is_static(item.shape) for item in tensors(call.infer())):
        return None
    try:
        return lower_card(call.card, call.params, call.types, known={n: call.args[n] for n in call.given})
    except Reject:
        return None


def assert_types(results: list[np.ndarray], types: list[TensorType], at_most: bool = False) -> None:
    """``at_most``: there may be fewer rows."""
    assert len(results) == len(types)
    for result, type_ in zip(results, types, strict=True):
        found = tensor_type_of(result)
        assert found.dtype == type_.dtype
        assert found.rank == type_.rank
        rows = found.shape[:1] if at_most else type_.shape[:1]
        assert not is_static(type_.shape) or found.shape == (*rows, *type_.shape[1:])
        assert not is_static(type_.shape) or found.shape <= type_.shape


def tensors(type_: Type) -> list[TensorType]:
    return [leaf for leaf in leaves(type_) if isinstance(leaf, TensorType)]


def flat(value: Any) -> list[np.ndarray]:
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in flat(item)]
    return [np.asarray(value)]


def like(ours: Any, results: list[np.ndarray]) -> Any:
    return tuple(results) if isinstance(ours, tuple) else results[0]
