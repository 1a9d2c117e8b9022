"""LazyGradientInit keeps what a function computes, and makes no tensor of zeros or ones that is not needed."""

import numpy as np
import pytest
from before_after import module

from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Call, Op
from relay_compat.passes.lazy_gradient_init import LazyGradientInit
from relay_compat.passes.to_a_normal_form import ToANormalForm
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError

T = "Tensor[(2), float32]"
X = np.array([3.0, 4.0], np.float32)


@pytest.mark.parametrize(
    ("body", "computed"),
    [
        ("add(%x, %x)", ["add"]),
        ("multiply(%x, ones_like(%x))", []),
        ("multiply(%x, zeros_like(%x))", ["zeros_like"]),
        ('add(%x, zeros(shape=[2], dtype="float32"))', []),
        ("add(exp(%x), multiply(ones_like(%x), ones_like(%x)))", ["exp", "ones_like", "add"]),
        ("add(%x, 1f)", ["add"]),
    ],
)
def test_what_is_computed(body: str, computed: list[str]) -> None:
    before = module(f"def @main(%x: {T}) {{ {body} }}")
    after = LazyGradientInit()(before)
    assert str(after["main"].checked_type) == str(before["main"].checked_type)
    ran: list[str] = []

    def observe(call: Call, args: object) -> None:
        del args
        if isinstance(call.op, Op):
            ran.append(call.op.name)

    np.testing.assert_array_equal(evaluate(after, [X], observe_call=observe), evaluate(before, [X]))
    assert ran == computed


def test_tuples_on_both_sides() -> None:
    before = module(f"def @main(%p: ({T}, {T})) {{ (add(%p.0, zeros_like(%p.1)), %p.1) }}")
    after = LazyGradientInit()(before)
    for got, want in zip(evaluate(after, [(X, -X)]), evaluate(before, [(X, -X)]), strict=True):
        np.testing.assert_array_equal(got, want)


def test_shared_nodes_are_bound_first() -> None:
    before = module(f"def @main(%x: {T}) {{ %0 = exp(%x); multiply(%0, %0) }}")
    with pytest.raises(DiagnosticError, match=r"R2R0602.*several users"):
        LazyGradientInit()(before)
    after = LazyGradientInit()(infer_types(ToANormalForm()(before)))
    np.testing.assert_array_equal(evaluate(after, [X]), evaluate(before, [X]))
