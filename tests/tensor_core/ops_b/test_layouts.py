"""Layouts in blocks: shapes there and back, arrays there and back."""

import numpy as np
import pytest

from tensor_core.ops import layout
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import ANY
from tensor_core.types import TensorType

LAYOUTS = ["NCHW", "NHWC", "NCHW4c", "NHWC2c", "CHWN", "NCHW2n4c", "HW2cNC4c"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_array_survives_the_way_through_a_layout(name: str):
    f, x = NumpyFragment(), np.arange(4 * 8 * 3 * 5).reshape(4, 8, 3, 5)
    packed = layout.pack(f, x, name, "NCHW")
    assert packed.shape == layout.split(x.shape, name, "NCHW")
    assert layout.merged(packed.shape, name, "NCHW", 0) == x.shape
    np.testing.assert_array_equal(layout.unpack(f, packed, name, "NCHW"), x)


def test_nested_blocks_are_outermost_first():
    x = np.arange(64).reshape(1, 64, 1, 1)
    packed = layout.pack(NumpyFragment(), x, "NCHW4c8c", "NCHW")
    assert packed.shape == (1, 2, 1, 1, 4, 8)
    assert packed[0, 1, 0, 0, 2, 3] == 1 * 32 + 2 * 8 + 3


@pytest.mark.parametrize("name", ["", "NCXW", "NCHWc", "NCHW0c", "NHW4c", "NCCHW", "nchw"])
def test_what_is_no_layout_is_rejected(name: str):
    with pytest.raises(Reject):
        layout.blocks(name, "NCHW")


def test_the_last_block_may_be_filled_in_part_in_types_only():
    assert layout.split((1, 6, 2, 2), "NCHW4c", "NCHW") == (1, 2, 2, 2, 4)
    with pytest.raises(Reject, match="fill"):
        layout.pack(NumpyFragment(), np.zeros((1, 6, 2, 2)), "NCHW4c", "NCHW")


def test_open_extents_stay_open_in_blocks():
    card = registry().by_name["nn.conv2d"]
    params = card.params(
        strides=(1, 1), padding=(0,) * 4, dilation=(1, 1), groups=1, data_layout="NCHW4c", kernel_layout="OIHW4i4o",
        out_layout="NCHW4c",
    )  # fmt: skip
    data, weight = TensorType((ANY, 2, ANY, 6, 4)), TensorType((3, 2, 3, 3, 4, 4))
    assert card.infer(params, data, weight) == TensorType((ANY, 3, ANY, 4, 4))
    data = TensorType((1, ANY, 5, 6, 4))
    assert card.infer(params, data, weight) == TensorType((1, 3, 3, 4, 4))
