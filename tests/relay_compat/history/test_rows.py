"""Every row of the tables of older releases: what it makes of a call, and that later releases are left alone."""

from typing import Any

import numpy as np
import pytest

from relay_compat.history.fields import FIELDS, NODE_FIELDS, STORED
from relay_compat.history.ops import CHANGES
from relay_compat.history.releases import LAST, Release, release_of
from relay_compat.history.steps import NotUpgraded, OldCall
from relay_compat.history.upgrade import Upgrade, upgrade_from
from relay_compat.ir.expr import Constant, Expr, Tuple, Var
from relay_compat.ir.values import Record
from relay_compat.json.layout import layouts, parse_fields
from tensor_core.ops.registry import registry

Since = tuple[int, int]
ARGS = tuple(Var(name) for name in "abcdefg")
SCALES = {"input_scale": 0.5, "input_zero_point": 3, "output_scale": 0.25, "output_zero_point": -1}
SIDES = {
    f"{side}_{name}": value for side in ("lhs", "rhs", "output") for name, value in (("scale", 2.0), ("zero_point", 1))
}
QUANTIZED = {
    "input_zero_point": 1,
    "kernel_zero_point": 2,
    "input_scale": 0.5,
    "kernel_scale": 0.25,
    "out_dtype": "int32",
}
VARIANCE = {"axis": (1,), "keepdims": True, "exclude": False}
REGION = {"roi": (0.0,) * 4, "extrapolation_value": 0.0, "cubic_alpha": -0.5, "cubic_exclude": 0}
HALF = {"coordinate_transformation_mode": "half_pixel"}
REFUSED: Any = None


def device(kind: int) -> list[Any]:
    return [("device_type_int", kind), ("virtual_device_id", 0), ("target", None), ("memory_scope", "")]


# (row, number of arguments, attributes) -> (name, what its arguments end in, attributes)
Example = tuple[Since, str, int, dict[str, Any], str | None, list[Any], dict[str, Any]]
EXAMPLES: list[Example] = [
    ((0, 7), "_contrib_reverse_reshape", 1, {"newshape": (2,), "reverse": True}, "contrib_reverse_reshape", [],
     {"newshape": (2,)}),
    ((0, 7), "contrib.adaptive_avg_pool2d", 1, {"layout": "NCHW"}, "nn.adaptive_avg_pool2d", [], {"layout": "NCHW"}),
    ((0, 7), "contrib.adaptive_max_pool2d", 1, {}, "nn.adaptive_max_pool2d", [], {}),
    ((0, 7), "contrib.ndarray_size", 1, {"dtype": "int32"}, "ndarray_size", [], {"dtype": "int32"}),
    ((0, 7), "argwhere", 1, {}, "argwhere", [], {}),
    ((0, 7), "variance", 2, VARIANCE, "variance", [], VARIANCE),
    ((0, 7), "nn.contrib_conv2d_winograd_weight_transform", 1, {"tile_size": 4},
     "nn.contrib_conv2d_winograd_weight_transform", [], {"tile_size": 4}),
    ((0, 7), "qnn.quantize", 1, {"output_scale": 0.25, "output_zero_point": -1, "out_dtype": "int8"}, "qnn.quantize",
     [0.25, -1], {"out_dtype": "int8"}),
    ((0, 7), "qnn.dequantize", 1, {"input_scale": 0.1, "input_zero_point": 3}, "qnn.dequantize", [np.float32(0.1), 3],
     {}),
    ((0, 7), "qnn.requantize", 1, {**SCALES, "rounding": "TONEAREST"}, "qnn.requantize", [0.5, 3, 0.25, -1],
     {"rounding": "TONEAREST"}),
    ((0, 7), "qnn.dense", 2, QUANTIZED, "qnn.dense", [1, 2, 0.5, 0.25], {"out_dtype": "int32"}),
    ((0, 7), "qnn.conv2d", 2, QUANTIZED, "qnn.conv2d", [1, 2, 0.5, 0.25], {"out_dtype": "int32"}),
    ((0, 7), "qnn.add", 2, SIDES, "qnn.add", [2.0, 1, 2.0, 1, 2.0, 1], {}),
    ((0, 7), "qnn.mul", 2, SIDES, "qnn.mul", [2.0, 1, 2.0, 1, 2.0, 1], {}),
    ((0, 7), "qnn.concatenate", 1,
     {"input_scales": (0.5, 1.0), "input_zero_points": (1, 2), "output_scale": 2.0, "output_zero_point": 0, "axis": 1},
     "qnn.concatenate", [(0.5, 1.0), (1, 2), 2.0, 0], {"axis": 1}),
    ((0, 7), "strided_slice", 1, {"begin": (0,), "strides": ()}, "strided_slice", [], {"begin": (0,), "strides": (1,)}),
    ((0, 7), "vision.non_max_suppression", 2, {}, REFUSED, [], {}),
    ((0, 7), "vision.get_valid_counts", 1, {}, REFUSED, [], {}),
    ((0, 7), "memory.alloc_tensor", 2, {}, REFUSED, [], {}),
    ((0, 7), "memory.invoke_tvm_op", 3, {}, REFUSED, [], {}),
    ((0, 7), "memory.shape_func", 3, {}, REFUSED, [], {}),
    ((0, 7), "nn.contrib_conv2d_NCHWc_int8", 2, {}, REFUSED, [], {}),
    ((0, 7), "nn.contrib_conv2d_winograd_nnpack_without_weight_transform", 2, {}, REFUSED, [], {}),
    ((0, 8), "nn.batch_matmul", 2, {}, "nn.batch_matmul", [], {"transpose_a": False, "transpose_b": True}),
    ((0, 8), "nn.conv2d_transpose", 2, {"kernel_layout": "OIHW4o"}, "nn.conv2d_transpose", [],
     {"kernel_layout": "IOHW4i"}),
    ((0, 8), "nn.pad", 1, {"pad_value": 0.1, "pad_mode": "constant"}, "nn.pad", [0.1], {"pad_mode": "constant"}),
    ((0, 8), "argmax", 1, VARIANCE, "argmax", [], VARIANCE),
    ((0, 8), "argmin", 1, VARIANCE, "argmin", [], VARIANCE),
    ((0, 8), "reshape", 1, {"newshape": (2,), "reverse": False}, "reshape", [], {"newshape": (2,)}),
    ((0, 8), "contrib_reverse_reshape", 1, {"newshape": (2,), "reverse": True}, "contrib_reverse_reshape", [],
     {"newshape": (2,)}),
    ((0, 8), "image.resize", 1, {"size": (2, 2), "method": "bicubic"}, "image.resize2d", [],
     {"size": (2, 2), "method": "cubic", "rounding_method": "round", **HALF, **REGION}),
    ((0, 8), "image.resize3d", 1, {"size": (2, 2, 2), "method": "nearest_neighbor",
                                   "coordinate_transformation_mode": "asymmetric"}, "image.resize3d", [],
     {"size": (2, 2, 2), "method": "nearest_neighbor", "coordinate_transformation_mode": "asymmetric",
      "rounding_method": "floor", **REGION, "roi": (0.0,) * 6}),
    ((0, 8), "dyn.image.resize", 2, {"method": "bilinear"}, "dyn.image.resize2d", [(0.0,) * 4],
     {"method": "linear", "rounding_method": "round", **HALF, **REGION}),
    ((0, 8), "vision.get_valid_counts", 1, {"score_threshold": 0.5, "id_index": 0}, "vision.get_valid_counts", [0.5],
     {"id_index": 0, "score_threshold": None}),
    ((0, 8), "vision.non_max_suppression", 4, {"iou_threshold": 0.25, "max_output_size": 9, "top_k": 1},
     "vision.non_max_suppression", [0.25], {"top_k": 1}),
    ((0, 8), "memory.kill", 1, {}, REFUSED, [], {}),
    ((0, 9), "dyn.image.resize2d", 2, {}, "dyn.image.resize2d", [(0.0,) * 4], {}),
    ((0, 9), "on_device", 1, {"device_type": 2, "is_fixed": True}, "on_device", [],
     {"virtual_device": device(2), "constrain_result": True, "constrain_body": True}),
    ((0, 9), "device_copy", 1, {"src_dev_type": 1, "dst_dev_type": 2}, "device_copy", [],
     {"src_virtual_device": device(1), "dst_virtual_device": device(2)}),
    ((0, 9), "vm.shape_func", 3, {}, REFUSED, [], {}),
    ((0, 10), "qnn.leaky_relu", 3, {"alpha": 0.5}, "qnn.leaky_relu", [ARGS[1], ARGS[2]], {"alpha": 0.5}),
    ((0, 12), "nn.conv1d_transpose", 2, {}, "nn.conv1d_transpose", [], {"kernel_layout": "IOW"}),
    ((0, 12), "nn.conv3d_transpose", 2, {"kernel_layout": "IODHW"}, "nn.conv3d_transpose", [],
     {"kernel_layout": "OIDHW"}),
    ((0, 12), "scatter", 3, {"axis": 1}, "scatter_elements", [], {"axis": 1, "reduction": "update"}),
    ((0, 12), "scatter_add", 3, {"axis": 1}, "scatter_elements", [], {"axis": 1, "reduction": "add"}),
    ((0, 14), "memory.alloc_storage", 2, {}, REFUSED, [], {}),
    ((0, 15), "nn.contrib_conv2d_gemm_weight_transform", 1, {"tile_rows": 4}, REFUSED, [], {}),
]  # fmt: skip


def before(since: Since) -> Upgrade:
    return Upgrade(Release(since[0], since[1] - 1))


def plain(value: Any) -> Any:
    if isinstance(value, Tuple):
        return tuple(map(plain, value.fields))
    if isinstance(value, Record):
        return [(entry.name, entry.value) for entry in value.entries]
    if isinstance(value, Constant):
        return tuple(value.data.tolist()) if value.data.ndim else value.data.item()
    return value


def test_every_row_has_an_example() -> None:
    assert {(since, op) for since, op, *_ in EXAMPLES} == {(row.since, row.op) for row in CHANGES}
    assert [row.since for row in CHANGES] == sorted(row.since for row in CHANGES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example[1]}-{example[0][1]}")
def test_calls(example: Example) -> None:
    since, name, count, attrs, now, more, expected = example
    # Of a struct that no card knows: what is filled in from the fields' history is tested with them.
    call = OldCall(name, ARGS[:count], attrs, None if name.endswith("1d_transpose") else "relay.attrs.Old")
    if now is REFUSED:
        with pytest.raises(NotUpgraded, match=name):
            before(since).changed(call)
        return
    found = before(since).changed(call)
    assert found.name == now
    assert found.args[:count] == ARGS[:count]
    assert [plain(arg) for arg in found.args[count:]] == more
    assert {key: plain(value) for key, value in found.attrs.items()} == expected
    if found.kind not in (None, "relay.attrs.Old"):
        assert found.attrs.keys() <= {field for field, _ in layouts()[found.kind]}
        card = registry().by_relay.get(found.name)
        assert card is None or card.relay is None or card.relay.attrs_type == found.kind


@pytest.mark.parametrize("example", [row for row in EXAMPLES if row[4] is not REFUSED], ids=lambda row: row[1])
def test_calls_of_the_release_itself_stay(example: Example) -> None:
    _, _, _, _, now, more, expected = example
    args = (*ARGS[: example[2]], *(ARGS[0] for _ in more))
    call = OldCall(
        str(now), args, {"virtual_device": None, "src_virtual_device": None, "kernel_layout": "", **expected}
    )
    assert Upgrade(LAST).changed(call) == call


@pytest.mark.parametrize("value", ["a", True, None, (1,)])
def test_what_is_no_number_does_not_become_a_constant(value: Any) -> None:
    with pytest.raises(NotUpgraded, match="no number"):
        before((0, 8)).changed(OldCall("nn.pad", ARGS[:1], {"pad_value": value}))


@pytest.mark.parametrize("value", [1 << 40, 0.5])
def test_what_is_no_int32_does_not_become_one(value: float) -> None:
    with pytest.raises(NotUpgraded, match="no int32"):
        before((0, 7)).changed(OldCall("qnn.quantize", ARGS[:1], {"output_zero_point": value}, "old"))


def test_padding_values_are_exact() -> None:
    for value, dtype in ((0.5, "float32"), (0.1, "float64"), (float("nan"), "float32"), (1 << 24, "float32")):
        (constant,) = before((0, 8)).changed(OldCall("nn.pad", ARGS[:1], {"pad_value": value})).args[1:]
        assert isinstance(constant, Constant)
        assert str(constant.data.dtype) == dtype
        np.testing.assert_array_equal(constant.data, value)


# ---------------------------------------------------------------- fields

# What a missing field meant is not what leaving it out means now.
UNLIKE_NOW = {
    ("StridedSliceAttrs", "axes"), ("RequantizeAttrs", "rounding"), ("RequantizeAttrs", "compute_dtype"),
    ("DequantizeAttrs", "out_dtype"), *((f"Conv{n}DTransposeAttrs", "kernel_layout") for n in (1, 2, 3)),
    *((f"Resize{n}DAttrs", "roi") for n in (1, 2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("row", [*FIELDS, *NODE_FIELDS], ids=lambda row: f"{row.kind}.{row.name}")
def test_fields(row: Any) -> None:
    kind = row.kind if row in NODE_FIELDS else f"relay.attrs.{row.kind}"
    assert row.name in dict(layouts()[kind])
    assert before(row.since).missing(kind)[row.name] == row.value
    assert row.name not in Upgrade(Release(*row.since)).missing(kind)
    for card in registry().by_relay.values():
        if card.relay is not None and card.relay.attrs_type == kind:
            (field,) = (field for field in card.relay.fields if field.name == row.name)
            assert (field.default == row.value) == ((row.kind, row.name) not in UNLIKE_NOW)


@pytest.mark.parametrize("row", STORED, ids=lambda row: f"{row.kind}-{row.until[1]}")
def test_storage(row: Any) -> None:
    kind, fields = f"relay.attrs.{row.kind}", parse_fields(row.fields)
    older = before(row.until).layout(kind)
    assert older is not None
    assert set(fields) <= set(older)
    current = Upgrade(Release(*row.until)).layout(kind) or layouts().get(kind, ())
    assert not fields or not set(fields) & set(current) or row.kind.startswith("Resize")


# ---------------------------------------------------------------- releases


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("0.6.0", Release(0, 6)), ("0.19", LAST), ("v0.12.0", Release(0, 12)),
        ("0.8.dev1452+g338940dc5", Release(0, 8, True)),
        ("0.9.dev0", Release(0, 9, True)), ("0.11.1", Release(0, 11)), ("0.10.0.post1", Release(0, 10)),
    ],
)  # fmt: skip
def test_release_numbers(text: str, release: Release) -> None:
    assert release_of(text) == release


def test_nothing_is_done_to_current_programs() -> None:
    assert upgrade_from(LAST) is None
    assert upgrade_from(Release(0, 16)) is None
    assert upgrade_from(Release(0, 15)) is not None


def test_a_development_version_may_have_either_meaning() -> None:
    upgrade = Upgrade(release_of("0.12.dev7"))
    with pytest.raises(NotUpgraded, match="during"):
        upgrade.changed(
            OldCall("nn.conv1d_transpose", ARGS[:2], {"kernel_layout": "OIW"}, "relay.attrs.Conv1DTransposeAttrs")
        )
    # What a call itself shows is no question.
    assert (
        upgrade.changed(OldCall("scatter", ARGS[:3], {"axis": 0}, "relay.attrs.ScatterAttrs")).name
        == "scatter_elements"
    )
    with pytest.raises(NotUpgraded, match="two ways"):
        Upgrade(release_of("0.8.dev7")).layout("relay.attrs.GetValidCountsAttrs")


def test_arguments_are_expressions() -> None:
    for row in EXAMPLES:
        if row[4] is not REFUSED:
            found = before(row[0]).changed(OldCall(row[1], ARGS[: row[2]], row[3], "relay.attrs.Old"))
            assert all(isinstance(arg, Expr) for arg in found.args)
