"""Rewritten calls of quantized operators compute what the calls compute, bit for bit."""

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.ir.module import IRModule
from relay_compat.qnn.transform import CanonicalizeOps, Legalize
from relay_compat.target import Target
from relay_compat.testing import count_ops
from tensor_core.types import TensorType
from tests.corpus.quantized_programs import CALLS, TARGETS, Side, program

SIDE = Side(relay, relay.IRModule, Target)
PRODUCTS = [name for name in CALLS if name.startswith(("dense", "conv2d"))]
FUNCTIONS = ("abs", "erf", "exp", "hardswish", "log", "rsqrt", "sigmoid", "sqrt", "tanh")


def inputs(module: IRModule) -> list[np.ndarray]:
    rng, result = np.random.default_rng(7), []
    for type_ in (param.type_annotation for param in module["main"].params):
        assert isinstance(type_, TensorType)
        shape = type_.concrete_shape
        if type_.dtype == "float32":
            result.append(rng.normal(0, 40, shape).astype("float32"))
        else:
            wide = type_.dtype == "int32"
            low, high = (-3000, 3000) if wide else (np.iinfo(type_.dtype).min, np.iinfo(type_.dtype).max + 1)
            result.append(rng.integers(low, high, shape).astype(type_.dtype))
    return result


def answer(module: IRModule, given: list[np.ndarray]) -> np.ndarray:
    return relay.create_executor(mod=module).evaluate()(*given).numpy()


@pytest.mark.parametrize("name", [name for name in CALLS if name != "conv2d_transpose"])
def test_canonical_forms_hold_no_quantized_call_and_compute_the_same(name: str) -> None:
    module = program(SIDE, name)
    plain, given = CanonicalizeOps()(module), inputs(module)
    assert not [op for op in count_ops(plain["main"]) if op.startswith("qnn.")]
    np.testing.assert_array_equal(answer(plain, given), answer(module, given))


@pytest.mark.parametrize("target", [target for target in TARGETS.values() if target])
def test_operands_that_a_target_prefers_compute_the_same(target: str) -> None:
    changed = 0
    for name in PRODUCTS:
        module = program(SIDE, name)
        with Target(target):
            legal = Legalize()(module)
        given = inputs(module)
        changed += count_ops(legal["main"]) != count_ops(module["main"])
        np.testing.assert_array_equal(answer(legal, given), answer(module, given), name)
    assert changed > 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tables_hold_what_a_function_computes(name: str) -> None:
    module = program(SIDE, name)
    dtype = module["main"].params[0].type_annotation.dtype
    call = module["main"].body
    x = relay.var("x", shape=(256,), dtype=dtype)
    made = IRModule.from_expr(relay.Function([x], relay.Call(call.op, [x, *call.args[1:]], call.attrs)))
    table = Legalize()(made)
    assert count_ops(table["main"]) == {"reinterpret": 1, "take": 1}
    given = [np.arange(256, dtype="uint8").view(dtype)]
    np.testing.assert_array_equal(answer(table, given), answer(made, given))


@pytest.mark.parametrize("out", ["int64", "int16"])
def test_results_of_other_types_subtract_zero_points_first(out: str) -> None:
    data, weight = relay.var("x", shape=(1, 4, 6, 6), dtype="int8"), relay.var("w", shape=(8, 4, 3, 3), dtype="int8")
    zeros, scales = (relay.const(3, "int32"), relay.const(-2, "int32")), [relay.const(0.5, "float32")] * 2
    call = relay.qnn.op.conv2d(data, weight, *zeros, *scales, kernel_size=(3, 3), channels=8, out_dtype=out)
    module = IRModule.from_expr(relay.Function([data, weight], call))
    given = inputs(module)
    np.testing.assert_array_equal(answer(CanonicalizeOps()(module), given), answer(module, given))
