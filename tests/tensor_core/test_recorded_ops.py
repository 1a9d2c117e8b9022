"""What real TVM inferred and computed for small calls of every operator, replayed through the cards.

A wrong default, attribute order, type rule, reference or lowering of a card fails here: the recordings were made by
TVM's own builders, with only the attributes that the rows name.
"""

import numpy as np
import op_bounds
import op_checks
import pytest
import recorded_ops
from recorded_ops import Call

from tensor_core.loops import interpret
from tensor_core.reference import evaluate
from tensor_core.types import tensor_type_of

CALLS = tuple(recorded_ops.calls())
COMPUTED = [call for call in CALLS if call.failed is None]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_type_is_the_recorded_one_and_what_tvm_rejects_is_rejected(call: Call) -> None:
    op_checks.type_(call)


@pytest.mark.parametrize("call", COMPUTED, ids=str)
def test_the_reference_agrees_with_the_recorded_results(call: Call) -> None:
    op_checks.values(call)


@pytest.mark.parametrize("call", [call for call in CALLS if call.failed == "values"], ids=str)
def test_what_a_release_computes_wrongly_is_not_converted_to(call: Call) -> None:
    op_checks.wrong_values(call)


@pytest.mark.parametrize("call", COMPUTED, ids=str)
def test_the_lowered_kernel_agrees_with_the_reference(call: Call) -> None:
    kernel = recorded_ops.kernel(call)
    if kernel is None:
        return
    params, types = call.params(), call.types
    ours = evaluate(call.card, params, call.args)
    outputs = [tensor_type_of(leaf) for leaf in op_checks.flat((ours,))]
    results = interpret.run(kernel, [np.asarray(leaf) for leaf in op_checks.flat(call.args)], outputs)
    assert op_bounds.worst(call.card, params, call.args, types, op_checks.like(ours, results)) <= 1
