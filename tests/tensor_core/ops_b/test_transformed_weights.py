"""Convolutions with a weight that was transformed or laid out beforehand, against the plain ones they stand for.

Real TVM computes few of them on a CPU (tests/corpus/op_rows/tiles.py); the others are proven by what they mean.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.ops import cook_toom
from tensor_core.ops.card import Reject
from tensor_core.ops.conv.winograd_tiles import Tiled
from tensor_core.ops.convolution import Conv
from tensor_core.ops.registry import registry
from tensor_core.reference import evaluate
from tensor_core.types import tensor_type_of

CARDS = registry().by_name
RNG = np.random.default_rng(0)


def evaluated(name: str, args: tuple[np.ndarray, ...], params: Any = None, **given: Any) -> np.ndarray:
    card = CARDS[name]
    return evaluate(card, params or card.params(**given), args)


def conv(layout: str, kernel_layout: str, padding: tuple[int, ...], kernel: tuple[int, ...], channels: int) -> Conv:
    ones = (1,) * len(kernel)
    return Conv(ones, padding, ones, 1, layout, kernel_layout, layout, channels=channels, kernel_size=kernel)


@pytest.mark.parametrize("size", range(2, 9))
@pytest.mark.parametrize("kernel", range(3, 8))
def test_the_matrices_say_how_a_kernel_slides_over_a_tile(size: int, kernel: int) -> None:
    weight, tile = RNG.normal(size=kernel), RNG.normal(size=size + kernel - 1)
    change, before, after = cook_toom.matrices(size, kernel)
    got = after @ ((change @ weight) * (before @ tile))
    expected = np.correlate(tile, weight, "valid")
    scale = np.abs(after) @ (np.abs(change @ weight) * (np.abs(before) @ np.abs(tile)))
    assert (np.abs(got - expected) <= 1e-13 * scale).all()


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize(("tile", "kernel"), [(2, 3), (4, 3), (4, 5), (6, 3)])
def test_tiles_of_two_dimensions_are_the_plain_convolution(tile: int, kernel: int, layout: str) -> None:
    weight = RNG.normal(size=(4, 3, kernel, kernel))
    data = RNG.normal(size=(2, 3, 8, 7))
    plain = conv("NCHW", "OIHW", (1, 2, 0, 1), (kernel, kernel), 4)
    expected = evaluated("nn.conv2d", (data, weight), plain)
    changed = evaluated("nn.contrib_conv2d_winograd_weight_transform", (weight,), tile_size=tile)
    if layout == "NCHW":
        changed = changed.swapaxes(2, 3)
    else:
        data, expected = data.transpose(0, 2, 3, 1), expected.transpose(0, 2, 3, 1)
    tiles = Tiled(conv(layout, "OIHW", (1, 2, 0, 1), (kernel, kernel), 4), tile)
    agree("nn.contrib_conv2d_winograd_without_weight_transform", tiles, (data, changed), expected)


@pytest.mark.parametrize("padding", [(1, 0, 1, 0, 1, 1), (0, -1, 1, 1, -1, 0)])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_tiles_of_three_dimensions_are_the_plain_convolution(depth: int, padding: tuple[int, ...]) -> None:
    weight, data = RNG.normal(size=(2, 3, depth, 3, 3)), RNG.normal(size=(1, 3, 4, 5, 3))
    plain = conv("NCDHW", "OIDHW", padding, (depth, 3, 3), 2)
    changed = evaluated("nn.contrib_conv3d_winograd_weight_transform", (weight,), tile_size=2)
    expected = evaluated("nn.conv3d", (data, weight), plain)
    agree("nn.contrib_conv3d_winograd_without_weight_transform", Tiled(plain, 2), (data, changed), expected)


def agree(name: str, params: Any, args: tuple[np.ndarray, ...], expected: np.ndarray) -> None:
    card, types = CARDS[name], [tensor_type_of(arg) for arg in args]
    np.testing.assert_allclose(evaluate(card, params, args), expected, rtol=1e-9, atol=1e-9)
    (got,) = interpret.run(lower_card(card, params, types), [np.ascontiguousarray(arg) for arg in args])
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({"strides": (2, 2)}, (4, 4, 4, 3)),
        ({"groups": 3}, (4, 4, 4, 3)),
        ({"data_layout": "NWHC", "out_layout": "NWHC"}, (4, 4, 4, 3)),
        ({}, (4, 4, 3, 4)),
        ({}, (6, 6, 4, 3)),
    ],
)
def test_what_tvms_tiles_do_not_do_is_refused(changes: dict[str, Any], shape: tuple[int, ...]) -> None:
    plain = replace(conv("NHWC", "HWIO", (0, 0, 0, 0), (3, 3), 4), **changes)
    args = RNG.normal(size=(1, 6, 6, 3)), RNG.normal(size=shape)
    card = CARDS["nn.contrib_conv2d_winograd_without_weight_transform"]
    with pytest.raises(DiagnosticError):
        evaluate(card, Tiled(plain, 2), args)
    with pytest.raises(Reject):
        lower_card(card, Tiled(plain, 2), [tensor_type_of(arg) for arg in args])


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_weight_in_blocks_is_the_plain_weight(dtype: str) -> None:
    data = RNG.integers(-3, 4, (1, 5, 6, 3)).astype(dtype)
    weight = RNG.integers(-3, 4, (3, 2, 3, 5)).astype(dtype)
    plain = conv("NHWC", "HWIO", (1, 0, 0, 1), (3, 2), 5)
    blocks = evaluated("nn.contrib_conv2d_gemm_weight_transform", (weight,), tile_N=4, tile_K=2)
    expected = evaluated("nn.conv2d", (data, weight), plain)
    got = evaluated("nn.contrib_conv2d_gemm_without_weight_transform", (data, blocks), plain)
    np.testing.assert_array_equal(got, expected)


def test_rows_padded_with_zeros_are_the_same_sparse_matrix() -> None:
    dense = RNG.normal(size=(2, 4)).astype(np.float32)
    rows = [[(0, 1.5), (2, -2.0)], [], [(1, 3.0), (3, 1.0), (0, -1.0)]]
    padded = [row + [(0, 0.0)] * (4 - len(row)) for row in rows]
    found = []
    for name, stored in (("nn.sparse_dense", rows), ("nn.internal.sparse_dense_padded", padded)):
        starts = np.cumsum([0, *map(len, stored)], dtype=np.int32)
        columns, values = (np.array([pair[n] for row in stored for pair in row]) for n in range(2))
        args = dense, values.astype(np.float32), columns.astype(np.int32), starts
        found.append(evaluated(name, args, sparse_lhs=False))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_a_quantized_weight_in_blocks_is_the_plain_weight() -> None:
    data, weight = (RNG.integers(-9, 9, shape).astype(np.int8) for shape in ((3, 4), (6, 4)))
    rest = tuple(
        np.array(value, dtype) for value, dtype in ((2, "int32"), (-1, "int32"), (1, "float32"), (1, "float32"))
    )
    expected = (data.astype(np.int32) - 2) @ (weight.astype(np.int32) + 1).T
    blocks = weight.reshape(2, 3, 2, 2).transpose(0, 2, 1, 3)
    got = evaluated("qnn.contrib_dense_pack", (data, blocks, *rest), units=6, out_dtype="int32", weight_layout="NC3n2c")
    np.testing.assert_array_equal(got, expected)
