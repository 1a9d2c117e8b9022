"""Quantised operators as plain ones: no quantised call is left, and the program computes the same."""

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.ir.expr import Expr
from relay_compat.ir.module import IRModule
from relay_compat.qnn.transform import CanonicalizeOps
from relay_compat.testing import count_ops

Q = np.arange(-12, 12, dtype="int8").reshape(4, 6)


def scale(value: float) -> Expr:
    return relay.const(value, "float32")


def zero(value: int) -> Expr:
    return relay.const(value, "int32")


def programs(x: Expr) -> dict[str, Expr]:
    qnn = relay.qnn.op
    add = (x, x, scale(0.5), zero(1), scale(0.25), zero(2), scale(1.0), zero(0))
    kernel = relay.const(np.ones((3, 6), "int8"))
    wide = qnn.dense(x, kernel, zero(1), zero(0), scale(0.5), scale(0.25), 3)
    return {
        "add": qnn.add(*add),
        "requantize": qnn.requantize(wide, scale(0.125), zero(0), scale(0.5), zero(3)),
        "behind": relay.nn.relu(qnn.dequantize(qnn.mul(*add), scale(1.0), zero(0))),
    }


@pytest.mark.parametrize("name", ["add", "requantize", "behind"])
def test_canonicalized_programs_compute_the_same(name: str) -> None:
    x = relay.var("x", shape=(4, 6), dtype="int8")
    module = IRModule.from_expr(relay.Function([x], programs(x)[name]))
    plain = CanonicalizeOps()(module)
    assert not [op for op in count_ops(plain["main"]) if op.startswith("qnn.")]
    answers = [relay.create_executor(mod=mod).evaluate()(Q).numpy() for mod in (module, plain)]
    np.testing.assert_array_equal(*answers)


def test_the_configuration_in_force_decides_what_a_call_leaves_open() -> None:
    x = relay.var("x", shape=(5,), dtype="int32")
    call = relay.qnn.op.requantize(x, scale(1.0), zero(0), scale(2.0), zero(0))
    module = IRModule.from_expr(relay.Function([x], call))
    data = np.array([-5, -3, -1, 1, 3], "int32")

    def rounded(rounding: str) -> list[int]:
        with relay.qnn.requantize_config(rounding=rounding):
            plain = CanonicalizeOps()(module)
        return relay.create_executor(mod=plain).evaluate()(data).numpy().tolist()

    assert rounded("UPWARD") == [-2, -1, 0, 1, 2]
    assert rounded("TONEAREST") == [-3, -2, -1, 1, 2]
