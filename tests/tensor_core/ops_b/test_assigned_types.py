"""Weights without annotation: what TVM 0.19's relations assign to them, and what they leave open."""

from typing import Any

import pytest
from card_calls import card, params, tensor

from tensor_core.ops.card import Reject

IMAGE = tensor(1, 3, 8, 8)
NHWC = {"data_layout": "NHWC"}
THREE = {"channels": 4, "kernel_size": (3, 5)}

ASSIGNED: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("nn.dense", tensor(2, 3), {"units": 4}, tensor(4, 3)),
    ("nn.dense", tensor(2, 3, dtype="int8"), {"units": 4, "out_dtype": "int32"}, tensor(4, 3, dtype="int8")),
    ("nn.dense", tensor(2, 3), {"units": None}, None),
    ("nn.matmul", tensor(2, 3), {"units": 4}, tensor(3, 4)),
    ("nn.matmul", tensor(2, 3), {"units": 4, "transpose_b": True}, tensor(4, 3)),
    ("nn.matmul", tensor(5, 3, 2), {"units": 4, "transpose_a": True}, tensor(3, 4)),
    ("nn.conv2d", IMAGE, THREE, tensor(4, 3, 3, 5)),
    ("nn.conv2d", IMAGE, {}, None),
    ("nn.conv2d", IMAGE, {"channels": 4}, None),
    ("nn.conv2d", tensor(1, 4, 8, 8), {**THREE, "groups": 2}, None),
    ("nn.conv2d", tensor(1, 8, 8, 3), {**THREE, **NHWC, "kernel_layout": "HWIO"}, tensor(3, 5, 3, 4)),
    (
        "nn.conv2d",
        tensor(1, 3, 8, 8, dtype="uint8"),
        {**THREE, "out_dtype": "int32"},
        tensor(4, 3, 3, 5, dtype="uint8"),
    ),
    ("nn.conv1d", tensor(1, 3, 8), {"channels": 4, "kernel_size": (3,)}, tensor(4, 3, 3)),
    ("nn.prelu", IMAGE, {}, tensor(3)),
    ("nn.conv2d_transpose", IMAGE, THREE, tensor(3, 4, 3, 5)),
    ("nn.conv2d_transpose", IMAGE, {**THREE, "kernel_layout": "OIHW"}, tensor(4, 3, 3, 5)),
    ("nn.conv2d_transpose", tensor(1, 8, 8, 3), {**THREE, **NHWC, "kernel_layout": "HWOI"}, tensor(3, 5, 4, 3)),
    ("nn.conv2d_transpose", tensor(1, 4, 8, 8), {**THREE, "groups": 2}, tensor(4, 2, 3, 5)),
]


@pytest.mark.parametrize(("name", "data", "attrs", "weight"), ASSIGNED, ids=lambda value: str(value)[:40])
def test_a_weight_takes_the_type_that_the_attributes_force(name: str, data: Any, attrs: dict, weight: Any) -> None:
    found = card(name)
    assert found.assign is not None
    assert found.assign(params(name, [data, None], **attrs), data, None) == (data, weight)


def test_a_known_weight_is_left_alone() -> None:
    types = [tensor(2, 3), tensor(4, 3)]
    found = card("nn.dense")
    assert found.assign is not None
    assert list(found.assign(params("nn.dense", types, units=4), *types)) == types


@pytest.mark.parametrize("attrs", [{"channels": 5}, {"kernel_size": (5, 5)}, {"channels": 5, "kernel_size": (3, 3)}])
def test_attributes_that_contradict_the_weight_are_rejected(attrs: dict) -> None:
    types = [IMAGE, tensor(4, 3, 3, 3)]
    with pytest.raises(Reject) as caught:
        card("nn.conv2d").infer(params("nn.conv2d", types, **attrs), *types)
    assert caught.value.argument == 1


def test_repeated_attributes_are_no_part_of_the_meaning() -> None:
    types = [IMAGE, tensor(4, 3, 3, 5)]
    assert params("nn.conv2d", types, **THREE) == params("nn.conv2d", types)
    assert params("nn.dense", [], units=4, out_dtype="int32") == params("nn.dense", [], units=None, out_dtype="int32")
