"""What real TVM inferred and computed for small calls of every operator, replayed through the cards.

A wrong default, attribute order, type rule, reference or lowering of a card fails here: the recordings were made by
TVM's own builders, with only the attributes that the rows name.
"""

import numpy as np
import op_bounds
import pytest
import recorded_ops
from recorded_ops import Call

from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import Reject
from tensor_core.reference import evaluate
from tensor_core.types import TensorType, leaves

CALLS = tuple(recorded_ops.calls())
COMPUTED = [call for call in CALLS if call.failed is None]


@pytest.mark.parametrize("call", [call for call in CALLS if call.failed != "infer"], ids=str)
def test_the_type_is_the_recorded_one(call: Call) -> None:
    assert call.infer() == call.type


@pytest.mark.parametrize("call", [call for call in CALLS if call.failed == "infer"], ids=str)
def test_what_tvm_rejects_is_rejected(call: Call) -> None:
    with pytest.raises(Reject):
        call.infer()


@pytest.mark.parametrize("call", COMPUTED, ids=str)
def test_the_reference_agrees_with_the_recorded_results(call: Call) -> None:
    params = call.params()
    ours = evaluate(call.card, params, call.args)
    for given in (ours, _like(ours, call.results)):
        assert [leaf.dtype for leaf in _arrays((given,))] == [result.dtype for result in call.results]
        assert op_bounds.worst(call.card, params, call.args, call.types, given) <= 1


@pytest.mark.parametrize("call", [call for call in COMPUTED if call.has_kernel()], ids=str)
def test_the_lowered_kernel_agrees_with_the_reference(call: Call) -> None:
    params, types = call.params(), call.types
    outputs = [item for item in leaves(call.card.infer(params, *types)) if isinstance(item, TensorType)]
    ours = evaluate(call.card, params, call.args)
    try:
        kernel = lower_card(call.card, params, types)
    except Reject:
        # Rescaling in integers needs constants, which no kernel has; how many it will find no kernel knows.
        assert not call.card.lower or [item.shape for item in outputs] != [leaf.shape for leaf in _arrays((ours,))]
        return
    results = interpret.run(kernel, [np.asarray(leaf) for leaf in _arrays(call.args)], outputs)
    assert op_bounds.worst(call.card, params, call.args, types, _like(ours, results)) <= 1


def _arrays(args: tuple) -> list[np.ndarray]:
    return [leaf for arg in args for leaf in (_arrays(arg) if isinstance(arg, tuple) else [arg])]


def _like(ours, results):
    return tuple(results) if isinstance(ours, tuple) else results[0]
