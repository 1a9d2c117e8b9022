"""Convolutions against sums written out, over strides, padding, dilation, groups and layouts."""

import itertools
from typing import Any

import numpy as np
import pytest
from card_calls import card, kernel_results, params, type_of

from tensor_core.ops.card import Rounding
from tensor_core.reference import evaluate

WINDOWS = [
    ((1, 1), (0, 0, 0, 0), (1, 1)),
    ((2, 1), (1, 2, 1, 2), (1, 2)),
    ((1, 3), (1, 0, 2, 1), (2, 1)),
]
GROUPS = [(1, 3, 4), (2, 4, 6), (4, 4, 4), (4, 4, 8), (1, 1, 2)]
LAYOUTS = [("NCHW", "OIHW", ""), ("NHWC", "HWIO", ""), ("NHWC", "OHWI", "NCHW"), ("HWCN", "HWOI", "")]


def written_out(x: Any, w: Any, strides: Any, padding: Any, dilation: Any, groups: int) -> np.ndarray:
    top, left, bottom, right = padding
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (top, bottom), (left, right)))
    high, wide = w.shape[2:]
    out = [
        (n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(x.shape[2:], w.shape[2:], dilation, strides, strict=True)
    ]
    result = np.zeros((x.shape[0], w.shape[0], *out))
    inputs = x.shape[1] // groups
    for o, y, z in np.ndindex(*result.shape[1:]):
        first = o // (w.shape[0] // groups) * inputs
        for a, b in itertools.product(range(high), range(wide)):
            column = x[:, first : first + inputs, y * strides[0] + a * dilation[0], z * strides[1] + b * dilation[1]]
            result[:, o, y, z] += column @ w[o, :, a, b]
    return result


def scattered(x: Any, w: Any, strides: Any, padding: Any, dilation: Any, groups: int, extra: Any) -> np.ndarray:
    """The transposed convolution by its definition: every input element adds a scaled kernel."""
    top, left, bottom, right = padding
    inputs, outputs = x.shape[1] // groups, w.shape[1]
    covered = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    size = [(n - 1) * s + c + e for n, s, c, e in zip(x.shape[2:], strides, covered, extra, strict=True)]
    whole = np.zeros((x.shape[0], outputs * groups, *size))
    for c, y, z in np.ndindex(*x.shape[1:]):
        for o, a, b in np.ndindex(*w.shape[1:]):
            place = y * strides[0] + a * dilation[0], z * strides[1] + b * dilation[1]
            whole[:, c // inputs * outputs + o, place[0], place[1]] += x[:, c, y, z] * w[c, o, a, b]
    return whole[:, :, top : size[0] - bottom, left : size[1] - right]


def arrays(*shapes: tuple[int, ...], dtype: str = "float32") -> list[np.ndarray]:
    generator = np.random.default_rng(7)
    if "float" in dtype:
        return [generator.standard_normal(shape).astype(dtype) for shape in shapes]
    return [generator.integers(-100, 100, shape).astype(dtype) for shape in shapes]


def both_ways(name: str, args: list[np.ndarray], **attrs: Any) -> list[np.ndarray]:
    """The reference's and the kernel's result."""
    types = [type_of(arg) for arg in args]
    parameters = params(name, types, **attrs)
    expected = evaluate(card(name), parameters, tuple(args))
    assert card(name).infer(parameters, *types) == type_of(expected)
    return [expected, *kernel_results(name, parameters, types, args, [expected])]


@pytest.mark.parametrize(("data_layout", "kernel_layout", "out_layout"), LAYOUTS)
@pytest.mark.parametrize(("groups", "inputs", "outputs"), GROUPS)
@pytest.mark.parametrize(("strides", "padding", "dilation"), WINDOWS)
def test_conv2d(
    groups: int,
    inputs: int,
    outputs: int,
    strides: Any,
    padding: Any,
    dilation: Any,
    data_layout: str,
    kernel_layout: str,
    out_layout: str,
) -> None:
    x, w = arrays((2, inputs, 7, 6), (outputs, inputs // groups, 3, 2))
    expected = written_out(x, w, strides, padding, dilation, groups)
    args = [np.ascontiguousarray(x.transpose(["NCHW".index(c) for c in data_layout])),
            np.ascontiguousarray(w.transpose(["OIHW".index(c) for c in kernel_layout]))]  # fmt: skip
    for result in both_ways(
        "nn.conv2d", args, strides=strides, padding=padding, dilation=dilation, groups=groups,
        data_layout=data_layout, kernel_layout=kernel_layout, out_layout=out_layout,
    ):  # fmt: skip
        plain = result.transpose([(out_layout or data_layout).index(c) for c in "NCHW"])
        np.testing.assert_allclose(plain, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("groups", "inputs", "outputs"), [(1, 3, 4), (2, 4, 3), (4, 4, 1)])
@pytest.mark.parametrize(
    ("strides", "padding", "dilation", "extra"),
    [
        ((1, 1), (0, 0, 0, 0), (1, 1), (0, 0)),
        ((2, 3), (1, 2, 1, 2), (1, 1), (1, 2)),
        ((2, 2), (3, 0, 3, 1), (1, 1), (0, 1)),
        ((2, 1), (1, 1, 1, 1), (2, 1), (1, 0)),
    ],
)
def test_conv2d_transpose(
    groups: int, inputs: int, outputs: int, strides: Any, padding: Any, dilation: Any, extra: Any
) -> None:
    x, w = arrays((2, inputs, 4, 3), (inputs, outputs, 3, 2))
    expected = scattered(x, w, strides, padding, dilation, groups, extra)
    attrs = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups, "output_padding": extra}
    for result in both_ways("nn.conv2d_transpose", [x, w], **attrs, channels=outputs * groups):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("out_dtype", ["", "int32"])
def test_integers_wrap_in_the_result_type(out_dtype: str) -> None:
    x, w = arrays((1, 3, 5, 5), (4, 3, 3, 3), dtype="int8")
    expected = written_out(x, w, (1, 1), (0, 0, 0, 0), (1, 1), 1).astype(np.int64).astype(out_dtype or "int8")
    for result in both_ways("nn.conv2d", [x, w], out_dtype=out_dtype):
        np.testing.assert_array_equal(result, expected)


def test_the_error_bound_counts_the_products_of_one_element() -> None:
    x, w = arrays((1, 4, 5, 5), (6, 2, 3, 3))
    parameters = params("nn.conv2d", [type_of(x), type_of(w)], groups=2)
    model = card("nn.conv2d").error
    assert isinstance(model, Rounding)
    assert model.factor is not None
    assert model.magnitude is not None
    assert model.factor(parameters, type_of(x), type_of(w)) == 2 * 3 * 3
    magnitude = model.magnitude(parameters, x, w)
    assert (magnitude >= np.abs(evaluate(card("nn.conv2d"), parameters, (x, w)))).all()


@pytest.mark.parametrize(
    ("data", "weight"), [((0, 2, 3, 3), (4, 2, 1, 1)), ((1, 0, 3, 3), (2, 0, 1, 1)), ((0, 1, 3, 3), (4, 1, 1, 1))]
)
def test_convolutions_of_nothing(data: tuple[int, ...], weight: tuple[int, ...]) -> None:
    for result in both_ways("nn.conv2d", [np.ones(data, "float32"), np.ones(weight, "float32")]):
        assert result.shape == (data[0], weight[0], 3, 3)
        assert not result.any()
