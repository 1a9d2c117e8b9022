"""What tvm.topi.testing computes against what the op cards compute: two statements of the same, written apart."""

from typing import Any

import numpy as np
import pytest

from migrate.alias import references
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.reference import evaluate
from tensor_core.types import tensor_type_of

RANDOM = np.random.default_rng(7)
X = RANDOM.standard_normal((3, 4, 5)).astype("float32")


def card(name: str, *args: Any, **attrs: Any) -> Any:
    """What the operator's card computes."""
    found = registry().by_relay[name]
    assert found.relay is not None
    arrays = tuple(map(np.asarray, args))
    types = [tensor_type_of(array) for array in arrays]
    return evaluate(found, relay_params(found, complete(found.relay.fields, attrs), types), arrays)


@pytest.mark.parametrize(
    ("begin", "end", "strides", "mode", "axes"),
    [
        ((0, 1, 1), (2, 4, 5), (1, 2, 3), "end", None),
        ((1, -1), (3, -4), (1, -1), "end", None),
        ((1, 2), (2, -1), None, "size", None),
        ((1, 0), (4, 3), (1, 2), "end", (2, 1)),
    ],
)
def test_strided_slice(begin: Any, end: Any, strides: Any, mode: str, axes: Any) -> None:
    expected = card("strided_slice", X, begin=begin, end=end, strides=strides, slice_mode=mode, axes=axes)
    np.testing.assert_array_equal(references.strided_slice_python(X, begin, end, strides, mode, axes), expected)


@pytest.mark.parametrize("strides", [(1, 2), ()])
def test_strided_set(strides: tuple[int, ...]) -> None:
    v = RANDOM.standard_normal((2, 2 if strides else 3, 5)).astype("float32")
    begin, end = (1, 1), (3, 4)
    expected = card("strided_set", X, v, *(np.array(item, "int32") for item in (begin, end, strides)))
    np.testing.assert_array_equal(references.strided_set_python(X, v, begin, end, strides), expected)


def test_gather() -> None:
    indices = RANDOM.integers(0, 4, (3, 2, 5))
    np.testing.assert_array_equal(references.gather_python(X, 1, indices), card("gather", X, indices, axis=1))


@pytest.mark.parametrize(("shape", "batch"), [((2, 6), 0), ((3, 2, 2), 0), ((1, 3, 2), 1), ((1, 3, 4), 2)])
def test_gather_nd(shape: tuple[int, ...], batch: int) -> None:
    indices = RANDOM.integers(0, 3, shape)
    expected = card("gather_nd", X, indices, batch_dims=batch)
    np.testing.assert_array_equal(references.gather_nd_python(X, indices, batch), expected)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_one_hot(axis: int) -> None:
    indices = RANDOM.integers(0, 5, (2, 3))
    expected = card("one_hot", indices, np.float32(2), np.float32(-1), depth=4, axis=axis, dtype="float32")
    np.testing.assert_array_equal(references.one_hot(indices, 2, -1, 4, axis, "float32"), expected)


@pytest.mark.parametrize(("axis", "lengths"), [(0, [0, 1, 3, 2]), (1, [4, 0, 2])])
def test_sequence_mask(axis: int, lengths: list[int]) -> None:
    expected = card("sequence_mask", X, np.array(lengths), mask_value=-2.0, axis=axis)
    np.testing.assert_array_equal(references.sequence_mask(X, np.array(lengths), -2.0, axis), expected)


@pytest.mark.parametrize("align", ["RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"])
@pytest.mark.parametrize(("low", "high", "shape"), [(0, 0, (3, 4)), (-1, 2, (3, 4, 4)), (-2, 0, (3, 3, 4))])
def test_matrix_set_diag(low: int, high: int, shape: tuple[int, ...], align: str) -> None:
    diagonal = RANDOM.standard_normal(shape).astype("float32")
    above, below = (side == "RIGHT" for side in align.split("_"))
    expected = card(
        "matrix_set_diag", X, diagonal, k1=low, k2=high, super_diag_right_align=above, sub_diag_right_align=below
    )
    np.testing.assert_array_equal(references.matrix_set_diag(X, diagonal, (low, high), align), expected)


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("shape", [(6,), (2, 6)])
def test_searchsorted(shape: tuple[int, ...], right: bool) -> None:
    rows, values = np.sort(RANDOM.integers(0, 5, shape)), RANDOM.integers(-1, 6, (2, 4))
    expected = card("searchsorted", rows, values, right=right, dtype="int64")
    np.testing.assert_array_equal(references.searchsorted_ref(rows, values, right, "int64"), expected)


@pytest.mark.parametrize(("left", "right"), [(False, False), (True, False), (False, True), (True, True)])
def test_batch_matmul(left: bool, right: bool) -> None:
    x = RANDOM.integers(-9, 9, (2, 4, 3) if left else (2, 3, 4)).astype("int32")
    y = RANDOM.integers(-9, 9, (1, 5, 4) if right else (1, 4, 5)).astype("int32")
    expected = card("nn.batch_matmul", x, y, transpose_a=left, transpose_b=right)
    np.testing.assert_array_equal(references.batch_matmul(x, y, None, left, right), expected)
