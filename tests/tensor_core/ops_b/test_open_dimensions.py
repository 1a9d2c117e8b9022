"""Types of calls with open dimensions, as TVM 0.19 infers them (Relay's ``?``; None below)."""

from typing import Any

import pytest
from card_calls import card, params, tensor

from tensor_core.ops.card import Reject
from tensor_core.types import TupleType, same_type

X = tensor(None, 3, 4)
IMAGE = tensor(1, 3, None, 8)
WEIGHT = tensor(4, 3, 3, 3)

INFERRED: list[tuple[str, list[Any], dict[str, Any], Any]] = [
    ("reshape", [X], {"newshape": (0, -1)}, (None, 12)),
    ("reshape", [X], {"newshape": (-1, 12)}, (None, 12)),
    ("reshape", [X], {"newshape": (-1,)}, (None,)),
    ("reshape", [X], {"newshape": (-3, 0)}, (None, 4)),
    ("reshape", [X], {"newshape": (0, -3)}, (None, 12)),
    ("reshape", [tensor(None, 3)], {"newshape": (-4, 2, -1, 0)}, (2, None, 3)),
    ("reshape", [tensor(None, 3)], {"newshape": (2, 5)}, (2, 5)),
    ("reshape", [tensor(None, None)], {"newshape": (-1, 0)}, (None, None)),
    ("reshape", [tensor(None, None, 3)], {"newshape": (0, 0, -1)}, (None, None, 3)),
    ("reshape", [tensor(None, None, 3)], {"newshape": (0, -1)}, (None, None)),
    ("transpose", [tensor(None, 3)], {"axes": None}, (3, None)),
    ("squeeze", [tensor(None, 3, 1)], {"axis": (0,)}, (3, 1)),
    ("squeeze", [tensor(None, 3, 1)], {"axis": (2,)}, (None, 3)),
    ("broadcast_to", [tensor(None, 3)], {"shape": (2, 3)}, (2, 3)),
    ("concatenate", [TupleType((tensor(None, 3), tensor(2, 4)))], {"axis": 1}, (None, 7)),
    ("concatenate", [TupleType((tensor(None, 3), tensor(None, 4)))], {"axis": 1}, (None, 7)),
    ("concatenate", [TupleType((tensor(2, None), tensor(2, 4)))], {"axis": 1}, (2, None)),
    ("stack", [TupleType((tensor(None, 3), tensor(2, 3)))], {"axis": 0}, (2, None, 3)),
    ("stack", [TupleType((tensor(2, 3), tensor(None, 3)))], {"axis": 0}, (2, 2, 3)),
    ("split", [tensor(2, None)], {"indices_or_sections": 2, "axis": 1}, ((2, None), (2, None))),
    ("split", [tensor(2, None)], {"indices_or_sections": (1, 3), "axis": 1}, ((2, 1), (2, 2), (2, None))),
    ("split", [tensor(None, 4)], {"indices_or_sections": 2, "axis": 1}, ((None, 2), (None, 2))),
    ("nn.pad", [tensor(None, 3), tensor()], {"pad_width": ((1, 2), (0, 1))}, (None, 4)),
    ("nn.batch_flatten", [X], {}, (None, 12)),
    ("nn.batch_flatten", [tensor(2, None, 4)], {}, (2, None)),
    ("repeat", [tensor(None, 3)], {"repeats": 2, "axis": 0}, (None, 3)),
    ("tile", [tensor(None, 3)], {"reps": (2, 2)}, (None, 6)),
    ("reverse", [tensor(None, 3)], {"axis": 0}, (None, 3)),
    ("nn.dense", [tensor(None, 3), tensor(4, 3)], {"units": 4}, (None, 4)),
    ("nn.dense", [tensor(2, 3), tensor(None, 3)], {"units": None}, (2, None)),
    ("nn.dense", [tensor(2, 3), tensor(None, 3)], {"units": 4}, (2, 4)),
    ("nn.dense", [tensor(2, None), tensor(4, 3)], {"units": None}, (2, 4)),
    ("nn.matmul", [tensor(3, None), tensor(3, 4)], {"units": None, "transpose_a": True}, (None, 4)),
    ("nn.batch_matmul", [tensor(None, 3, 4), tensor(2, 5, 4)], {"transpose_b": True}, (None, 3, 5)),
    ("nn.batch_matmul", [tensor(2, 3, 4), tensor(None, 5, 4)], {"transpose_b": True}, (None, 3, 5)),
    ("nn.batch_matmul", [tensor(2, None, 4), tensor(2, 5, None)], {"transpose_b": True}, (2, None, 5)),
    ("nn.conv2d", [tensor(1, 3, None, None), WEIGHT], {}, (1, 4, None, None)),
    ("nn.conv2d", [tensor(1, None, 8, 8), WEIGHT], {}, (1, 4, 6, 6)),
    ("nn.conv2d", [tensor(1, 3, 8, 8), tensor(None, 3, 3, 3)], {}, (1, None, 6, 6)),
    ("nn.conv2d", [tensor(None, 3, 8, 8), WEIGHT], {}, (None, 4, 6, 6)),
    ("nn.max_pool2d", [IMAGE], {"pool_size": (3, 3)}, (1, 3, None, 6)),
    ("nn.avg_pool2d", [tensor(None, 3, None, 8)], {"pool_size": (3, 3), "strides": (2, 2)}, (None, 3, None, 3)),
    ("nn.adaptive_avg_pool2d", [IMAGE], {"output_size": (2, 2)}, (1, 3, 2, 2)),
    ("nn.adaptive_avg_pool2d", [IMAGE], {}, (1, 3, None, 8)),
    ("nn.global_avg_pool2d", [tensor(None, 3, None, 8)], {}, (None, 3, 1, 1)),
]
for begin, end, axes, shape in (
    ((1,), (3,), None, (None, 5)),
    ((1,), (3,), (1,), (None, 2)),
    ((0,), (-1,), (0,), (None, 5)),
):
    attrs = {"begin": begin, "end": end, "strides": (1,), "axes": axes}
    INFERRED.append(("strided_slice", [tensor(None, 5)], attrs, shape))


@pytest.mark.parametrize(("name", "types", "attrs", "expected"), INFERRED, ids=lambda value: str(value)[:40])
def test_an_open_dimension_is_inferred_as_by_tvm(name: str, types: list, attrs: dict, expected: tuple) -> None:
    found = card(name).infer(params(name, types, **attrs), *types)
    wanted = TupleType(tuple(tensor(*s) for s in expected)) if isinstance(expected[0], tuple) else tensor(*expected)
    assert same_type(found, wanted), (str(found), str(wanted))


def test_squeeze_without_axes_needs_known_dimensions() -> None:
    with pytest.raises(Reject, match="axis must be given"):
        params("squeeze", [tensor(None, 3, 1)], axis=None)


def test_a_shape_with_one_unknown_dimension_is_written_as_codes() -> None:
    found = card("reshape")
    assert found.relay is not None
    assert found.relay.write is not None
    written = [
        found.relay.write(params("reshape", [X], newshape=codes), [X])["newshape"]
        for codes in ((0, -1), (-1, 12), (2, -1))
    ]
    assert written == [(0, 12), (0, 12), (2, -1)]
