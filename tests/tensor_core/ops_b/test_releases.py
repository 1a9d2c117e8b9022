"""What one meaning looks like in each Relax release, and which releases cannot say it in one call."""

from typing import Any

import pytest
from card_calls import card, params, tensor

from tensor_core.ops.card import OpCard
from tensor_core.ops.pooling import CEIL, CEIL_INSIDE, FLOOR, Pool
from tensor_core.ops.spelling import complete, relax_params, relax_written
from tensor_core.types import Type

LINE = tensor(1, 1, 1, 6)
MATRIX = tensor(2, 3)


def said(name: str, parameters: Any, types: list[Any], release: str) -> dict[str, Any] | str:
    """The attributes of the one call that says it in a release, or why there is none."""
    found: OpCard[Any] = card(name)
    spelling = found.relax_for(release)
    if spelling is None:
        return "not in this release"
    reason = spelling.fits(parameters, types, release) if spelling.fits else None
    return reason or relax_written(spelling, parameters, types)


def meant(name: str, types: list[Type], release: str, **written: Any) -> Any:
    found = card(name)
    spelling = found.relax_for(release)
    assert spelling is not None
    return relax_params(found, spelling, complete(spelling.fields, written), types)


@pytest.mark.parametrize(("release", "absent"), [("0.19", "void"), ("0.25", "void"), ("0.26", None), ("0.27", None)])
def test_an_absent_result_type_is_void_until_0_25(release: str, absent: Any) -> None:
    matmul = card("matmul")
    assert said("matmul", matmul.params(), [MATRIX, tensor(3, 4)], release) == {"out_dtype": absent}
    assert said("matmul", matmul.params("int32"), [MATRIX, tensor(3, 4)], release) == {"out_dtype": "int32"}
    types = [tensor(1, 3, 8, 8), tensor(4, 3, 3, 3)]
    written = said("nn.conv2d", params("nn.conv2d", types, padding=(1, 2)), types, release)
    assert isinstance(written, dict)
    assert list(written.items()) == [
        ("strides", (1, 1)),
        ("padding", (1, 2, 1, 2)),
        ("dilation", (1, 1)),
        ("groups", 1),
        ("data_layout", "NCHW"),
        ("kernel_layout", "OIHW"),
        ("out_layout", "NCHW"),
        ("out_dtype", absent),
    ]


def test_operands_of_two_types_need_a_result_type() -> None:
    types = [tensor(2, 3, dtype="uint8"), tensor(4, 3, dtype="int8")]
    assert params("nn.dense", types, units=4).out_dtype == "uint8"


def test_a_last_window_behind_the_data_is_kept_by_padding_from_0_23_on() -> None:
    pool = params("nn.max_pool2d", [LINE], pool_size=(1, 1), strides=(1, 4), ceil_mode=True)
    assert pool.rounding == CEIL
    old, new = (said("nn.max_pool2d", pool, [LINE], release) for release in ("0.22", "0.23"))
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert (old["ceil_mode"], old["padding"]) == (True, (0, 0, 0, 0))
    assert (new["ceil_mode"], new["padding"]) == (False, (0, 0, 0, 3))
    rounded = meant("nn.max_pool2d", [LINE], "0.27", **new)
    assert card("nn.max_pool2d").infer(rounded, LINE) == card("nn.max_pool2d").infer(pool, LINE) == tensor(1, 1, 1, 3)


def test_rounding_up_stays_where_the_windows_are_the_same() -> None:
    pool = params("nn.max_pool2d", [LINE], pool_size=(1, 3), strides=(1, 2), ceil_mode=True)
    for release in ("0.19", "0.27"):
        written = said("nn.max_pool2d", pool, [LINE], release)
        assert isinstance(written, dict)
        assert written["ceil_mode"] is True
        assert written["padding"] == (0, 0, 0, 0)


def test_the_same_attributes_mean_other_windows_from_0_23_on() -> None:
    written = {"pool_size": (1, 1), "strides": (1, 4), "ceil_mode": True}
    found = [meant("nn.max_pool2d", [LINE], release, **written) for release in ("0.22", "0.23")]
    assert [item.rounding for item in found] == [CEIL, CEIL_INSIDE]
    assert [card("nn.max_pool2d").infer(item, LINE) for item in found] == [tensor(1, 1, 1, 3), tensor(1, 1, 1, 2)]


def test_a_counted_last_window_behind_the_data_has_no_call() -> None:
    behind = {"pool_size": (1, 1), "strides": (1, 4), "padding": (0, 3, 0, 5), "count_include_pad": True}
    types = [tensor(1, 1, 1, 2)]
    pool = params("nn.avg_pool2d", types, **behind, ceil_mode=True)
    assert isinstance(said("nn.avg_pool2d", pool, types, "0.19"), dict)
    assert said("nn.avg_pool2d", pool, types, "0.27") == "the release counts windows at the end of the data differently"


def test_averages_over_one_dimension_include_padding_by_default_from_0_21_on() -> None:
    types: list[Type] = [tensor(1, 2, 7)]
    given = [meant("nn.avg_pool1d", types, release, pool_size=(3,)).count_include_pad for release in ("0.20", "0.21")]
    assert given == [False, True]
    plane = meant("nn.avg_pool2d", [LINE], "0.27", pool_size=(1, 3))
    assert plane == Pool((1, 3), (1, 1), (1, 1), (0, 0, 0, 0), "NCHW", "NCHW", FLOOR, False)


@pytest.mark.parametrize("release", ["0.19", "0.20", "0.27"])
def test_a_split_into_one_part_is_no_tuple(release: str) -> None:
    """0.19 types it as one, and does not build it."""
    one = params("split", [MATRIX], indices_or_sections=1, axis=1)
    assert "not a tuple" in str(said("split", one, [MATRIX], release))


def test_0_19_has_no_kernel_for_parts_of_different_sizes() -> None:
    uneven = card("split").params(2, 1)
    assert "one size" in str(said("split", uneven, [MATRIX], "0.19"))
    assert said("split", uneven, [MATRIX], "0.27") == {"indices_or_sections": 2, "axis": 1}


def test_squeezing_a_longer_dimension_is_ignored_from_0_23_on() -> None:
    assert meant("squeeze", [MATRIX], "0.22", axis=(0,)).axis == (0,)
    assert meant("squeeze", [MATRIX], "0.23", axis=(0,)).axis == ()


def test_padding_carries_its_value_as_an_operand_or_an_attribute() -> None:
    types = [MATRIX, tensor()]
    pad = params("nn.pad", types, pad_width=((1, 0), (0, 2)))
    assert said("nn.pad", pad, types, "0.19") == {"pad_width": (1, 0, 0, 2), "pad_mode": "constant"}
    assert "attribute" in str(said("nn.pad", pad, types, "0.27"))
    assert said("nn.pad", pad, types[:1], "0.27") == {
        "pad_width": (1, 0, 0, 2),
        "pad_value": 0.0,
        "pad_mode": "constant",
    }
    edge = params("nn.pad", types, pad_width=((1, 0), (0, 2)), pad_mode="edge")
    assert "whatever the mode" in str(said("nn.pad", edge, types, "0.19"))
    written = said("nn.pad", edge, types[:1], "0.27")
    assert isinstance(written, dict)
    assert written["pad_mode"] == "replicate"


@pytest.mark.parametrize(
    ("name", "first", "before"),
    [("stack", "0.21", "0.20"), ("nn.batch_flatten", "0.24", "0.23"), ("nn.conv3d_transpose", "0.24", "0.23")],
)
def test_an_operator_is_known_from_its_first_release_on(name: str, first: str, before: str) -> None:
    assert card(name).relax_for(first) is not None
    assert card(name).relax_for(before) is None
    assert card(name).expand is not None


def test_transposed_convolutions_have_kernels_for_plain_layouts_only() -> None:
    types = [tensor(1, 8, 8, 3), tensor(3, 3, 4, 3)]
    other = params("nn.conv2d_transpose", types, data_layout="NHWC", kernel_layout="HWOI")
    assert said("nn.conv2d_transpose", other, types, "0.27") == "no release has a kernel for these layouts"
    types = [tensor(1, 3, 8, 8), tensor(3, 4, 3, 3)]
    dilated = params("nn.conv2d_transpose", types, dilation=(2, 2))
    assert isinstance(said("nn.conv2d_transpose", dilated, types, "0.26"), dict)
    assert "dilated" in str(said("nn.conv2d_transpose", dilated, types, "0.25"))


def test_a_depthwise_weight_with_a_multiplier_is_expanded() -> None:
    types = [tensor(1, 4, 8, 8), tensor(4, 2, 3, 3)]
    depthwise = params("nn.conv2d", types, groups=4, channels=8, kernel_size=(3, 3))
    assert "multiplier" in str(said("nn.conv2d", depthwise, types, "0.27"))


def test_a_size_of_zero_is_not_taken_for_a_copied_dimension() -> None:
    empty = [tensor(2, 0)]
    assert "copy" in str(said("reshape", card("reshape").params((0, 7)), empty, "0.27"))
    assert said("reshape", card("reshape").params((7, 0)), empty, "0.27") == {"shape": (7, 0)}
