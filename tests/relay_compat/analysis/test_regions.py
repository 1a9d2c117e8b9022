"""Regions of programs: between quantizations, fused kernels, functions of other compilers."""

import numpy as np
import pytest

import migrate  # noqa: F401  chooses the compiler
import relay_compat as relay
from relay_compat.analysis import (
    extract_fused_functions,
    get_calibration_data,
    get_total_mac_number,
    list_fake_quantized_op_freqs,
    list_op_freqs,
)
from relay_compat.op.custom import get
from relay_compat.transform import InferType
from tensor_core.diagnostics import DiagnosticError


def dequantized(name: str):
    return relay.qnn.op.dequantize(relay.var(name, shape=(2, 3), dtype="int8"), relay.const(0.5), relay.const(0))


def quantized(value: relay.Expr):
    return relay.qnn.op.quantize(value, relay.const(1.0), relay.const(0), out_dtype="int8")


def test_operators_between_quantizations_are_counted():
    inside = relay.add(relay.nn.relu(dequantized("x")), dequantized("y"))
    mod = relay.IRModule.from_expr(relay.cast(quantized(inside), "int32"))
    assert list_fake_quantized_op_freqs(mod) == {"add": 1, "nn.relu": 1}


def test_a_region_that_something_else_leads_into_is_none():
    inside = relay.add(dequantized("x"), relay.var("y", shape=(2, 3)))
    assert list_fake_quantized_op_freqs(relay.IRModule.from_expr(quantized(inside))) == {}


def test_equal_kernels_are_listed_once():
    x, w = relay.var("x", shape=(4, 4)), relay.var("w", shape=(4, 4))
    mod = relay.IRModule.from_expr(relay.nn.dense(relay.nn.dense(x, w), w))
    (kernel,) = extract_fused_functions(InferType()(mod)).values()
    assert kernel.attrs["Primitive"] == 1
    assert list_op_freqs(relay.IRModule({"main": kernel})) == {"nn.dense": 1}


def test_calibration_sees_what_goes_in_and_out():
    x, y, a = relay.var("x", shape=(2,)), relay.var("y", shape=(2,)), relay.var("a", shape=(2,))
    inner = relay.Function([x, y], relay.Tuple([relay.add(x, y), relay.subtract(x, y)])).with_attr("Compiler", "other")
    mod = InferType()(relay.IRModule({"g": inner}))
    g = mod.get_global_var("g")
    mod["main"] = relay.Function([a], relay.TupleGetItem(g(relay.exp(a), a), 1))
    value = np.array([1.0, 2.0], "float32")
    found = get_calibration_data(InferType()(mod), {"a": value})[g]
    np.testing.assert_allclose(found["inputs"][0].numpy(), np.exp(value), rtol=1e-6)
    np.testing.assert_allclose(found["outputs"][1].numpy(), np.exp(value) - value, rtol=1e-6)
    mod["main"] = relay.Function([a], relay.Tuple([g(a, a), g(a, relay.exp(a))]))
    with pytest.raises(DiagnosticError, match="more than once"):
        get_calibration_data(InferType()(mod), {"a": value})


def test_levels_of_support():
    assert [get(name).support_level for name in ("log", "trunc", "nn.dropout", "shape_of")] == [1, 3, 1, 10]
    assert get("log").num_inputs == 1
    with pytest.raises(DiagnosticError, match="R2R0104"):
        get("no_such_operator")


def test_steps_of_products_and_convolutions():
    x, w = relay.var("x", shape=(1, 2, 8, 8, 4)), relay.var("w", shape=(4, 1, 3, 3, 4, 4))
    conv = relay.nn.conv2d(
        x, w, channels=16, kernel_size=(3, 3), groups=2, data_layout="NCHW4c", kernel_layout="OIHW4i4o"
    )
    a, b = relay.var("a", shape=(2, 5)), relay.var("b", shape=(7, 5))
    program = relay.Tuple([conv, relay.nn.dense(a, b), relay.exp(a)])
    main = InferType()(relay.IRModule.from_expr(program))["main"]
    assert get_total_mac_number(main) == 16 * 6 * 6 * 9 * 4 + 2 * 5 * 7
    with pytest.raises(DiagnosticError, match="R2R0205"):
        get_total_mac_number(relay.nn.dense(relay.Var("a"), relay.Var("b")))
