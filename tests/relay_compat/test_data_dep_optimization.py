"""Programs whose parameters change with them compute what they did."""

from typing import Any

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.build_module import create_executor
from relay_compat.data_dep_optimization import bsr_conv2d, bsr_dense, simplify_fc_transpose
from tensor_core.diagnostics import DiagnosticError

RNG = np.random.default_rng(0)


def _numbers(*shape: int) -> Any:
    return RNG.integers(-4, 5, shape).astype("float32")


def _mostly_zeros(*shape: int) -> Any:
    return np.where(RNG.random(shape) < 0.2, _numbers(*shape), np.float32(0))


def _result(function: Any, x: Any, params: Any) -> Any:
    module = relay.transform.InferType()(relay.IRModule.from_expr(function))
    return create_executor(mod=module).evaluate()(x, **params).numpy()


def _convolution(layout: str, x: Any, weight: Any) -> Any:
    kernel_layout = "HWIO" if layout == "NHWC" else "OIHW"
    options = {"data_layout": layout, "kernel_layout": kernel_layout, "kernel_size": (1, 1)}
    return relay.nn.conv2d(x, weight, channels=8, **options)


@pytest.mark.parametrize("block", [(1, 1), (2, 1), (3, 4)])
def test_dense_layers_with_sparse_weights(block: tuple[int, int]):
    x, w = relay.var("x", shape=(3, 8)), relay.var("w", shape=(6, 8))
    function, data, weight = relay.Function([x, w], relay.nn.dense(x, w)), _numbers(3, 8), _mostly_zeros(6, 8)
    sparse, params = bsr_dense.convert(function, {"w": weight}, block, 0.5)
    assert list(params) == ["w.data", "w.indices", "w.indptr"]
    np.testing.assert_array_equal(_result(sparse, data, params), _result(function, data, {"w": weight}))


def test_weights_with_too_many_values_stay():
    x, w = relay.var("x", shape=(3, 8)), relay.var("w", shape=(6, 8))
    function, weight = relay.Function([x, w], relay.nn.dense(x, w)), np.ones((6, 8), "float32")
    same, params = bsr_dense.convert(function, {"w": weight}, (2, 1), 0.5)
    assert params == {"w": weight}
    assert "sparse" not in str(same)


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize("block", [(2, 1), (2, 2)])
def test_convolutions_with_sparse_kernels(layout: str, block: tuple[int, int]):
    shapes = {"NHWC": ((2, 6, 6, 4), (1, 1, 4, 8)), "NCHW": ((2, 4, 6, 6), (8, 4, 1, 1))}[layout]
    x, w = relay.var("x", shape=shapes[0]), relay.var("w", shape=shapes[1])
    data, weight = _numbers(*shapes[0]), _mostly_zeros(*shapes[1])
    function = relay.Function([x, w], _convolution(layout, x, w))
    expected = _result(function, data, {"w": weight})
    sparse, params = bsr_conv2d.convert(function, {"w": weight}, block, 0.1, layout, 1)
    assert list(params) == ["w.data", "w.indices", "w.indptr"]
    np.testing.assert_array_equal(_result(sparse, data, params), expected)
    constant = relay.Function([x], _convolution(layout, x, relay.const(weight)))
    sparse, params = bsr_conv2d.convert2(constant, {}, block, 0.1, layout, 1)
    assert not params
    assert "nn.sparse_conv2d" in str(sparse)
    np.testing.assert_array_equal(_result(sparse, data, params), expected)


ODD: list[dict[str, Any]] = [
    {"strides": (2, 2)},
    {"strides": (1, 2)},
    {"padding": (1, 1)},
    {"padding": (0, 0, 0, 1)},
    {"groups": 2},
    {"out_layout": "NCHW"},
]


@pytest.mark.parametrize("options", ODD, ids=str)
def test_convolutions_that_no_sparse_one_computes_stay_or_are_refused(options: dict[str, Any]):
    channels = 4 // options.get("groups", 1)
    layouts = {"data_layout": "NHWC", "kernel_layout": "HWIO", "kernel_size": (1, 1)}
    x, w = relay.var("x", shape=(2, 6, 6, 4)), relay.var("w", shape=(1, 1, channels, 8))
    weight = _mostly_zeros(1, 1, channels, 8)
    constant = relay.Function([x], relay.nn.conv2d(x, relay.const(weight), channels=8, **layouts, **options))
    sparse, _ = bsr_conv2d.convert2(constant, {}, (2, 1), 0.1, "NHWC", 1)
    assert "sparse" not in str(sparse)
    named = relay.Function([x, w], relay.nn.conv2d(x, w, channels=8, **layouts, **options))
    with pytest.raises(DiagnosticError, match="no sparse convolution computes"):
        bsr_conv2d.convert(named, {"w": weight}, (2, 1), 0.1, "NHWC", 1)


def test_a_weight_that_is_used_twice_has_its_parameters_once():
    x, w = relay.var("x", shape=(3, 8)), relay.var("w", shape=(8, 8))
    function, data = relay.Function([x, w], relay.nn.dense(relay.nn.dense(x, w), w)), _numbers(3, 8)
    weight = _mostly_zeros(8, 8)
    sparse, params = bsr_dense.convert(function, {"w": weight}, (2, 1), 0.1)
    assert [param.name_hint for param in sparse.params] == ["x", "w.data", "w.indices", "w.indptr"]
    np.testing.assert_array_equal(_result(sparse, data, params), _result(function, data, {"w": weight}))


def test_a_transposed_weight_that_is_used_twice_has_one_parameter():
    x, w = relay.var("x", shape=(3, 8)), relay.var("w", shape=(8, 8))
    turned = relay.transpose(w)
    function = relay.Function([x, w], relay.nn.dense(relay.nn.dense(x, turned), turned))
    data, weight = _numbers(3, 8), _numbers(8, 8)
    changed, params = simplify_fc_transpose.convert(function, {"w": weight})
    assert [param.name_hint for param in changed.params] == ["x", "w.T"]
    np.testing.assert_array_equal(_result(changed, data, params), _result(function, data, {"w": weight}))


def test_transposed_weights_are_transposed_before():
    x, w = relay.var("x", shape=(3, 8)), relay.var("w", shape=(8, 6))
    function = relay.Function([x, w], relay.nn.dense(x, relay.transpose(w)))
    data, weight = _numbers(3, 8), _numbers(8, 6)
    changed, params = simplify_fc_transpose.convert(function, {"w": weight})
    assert list(params) == ["w.T"]
    assert "transpose" not in str(changed)
    np.testing.assert_array_equal(_result(changed, data, params), _result(function, data, {"w": weight}))
