"""Layout names, and how a change of layout goes through operators."""

from typing import Any

import pytest

from relay_compat.ir.types import TensorType
from relay_compat.layouts.broadcast import isomorphic, transform_like
from relay_compat.layouts.layout import Layout, convertible
from relay_compat.layouts.table import RULES
from tensor_core.attrs import Attrs


def inferred(name: str, new: list[str] | None, old: list[str], *shapes: tuple[int, ...], **attrs: Any) -> Any:
    """The inputs' and results' layouts and the attributes, after the producers changed from ``old`` to ``new``."""
    given = None if new is None else [Layout(item) for item in new]
    types = [TensorType(shape) for shape in shapes]
    found = RULES[name](Attrs("attrs", attrs), given, [Layout(item) for item in old], types)
    return [str(item) for item in found.input_layouts], [str(item) for item in found.output_layouts], found.new_attrs


def test_axes_of_a_layout() -> None:
    layout = Layout("NCHW16c")
    assert (len(layout), layout.ndim_primal, layout.letters) == (5, 4, "NCHWc")
    assert (layout.index_of("c"), layout.index_of("D"), layout[-1]) == (4, -1, "c")
    assert (layout.factor_of("C"), Layout("OIHW4i8o2i").factor_of("I"), layout.factor_of("N")) == (16, 8, -1)
    assert layout.sub(1, 2) == Layout("CH")
    assert Layout("HW").expand_primal(Layout("NCHW4c")) == Layout("NCHW")
    assert len(Layout("N5")) == 1
    assert not convertible(Layout("NCHW"), Layout("NHWD"))


@pytest.mark.parametrize("name", ["NCHWc", "NHW4c", "4N", "N-C", "n"])
def test_what_is_no_layout(name: str) -> None:
    with pytest.raises(ValueError, match="Invalid layout"):
        Layout(name)


@pytest.mark.parametrize(
    ("layout", "before", "after", "result"),
    [
        ("NCHW", "NCHW", "NCHW16c", "NCHW16c"),
        ("CHW", "NCHW", "NCHW16c", "NCHW16c"),
        ("HWC", "NHWC", "NCHW4c", "NCHW4c"),
        ("NHWC", "NCWH", "NCWH4c", "NHWC4h"),
        ("C", "NCHW", "NCHW16c", "NAHC16a"),
        ("NCHW4c", "NCHW", "NCHW8c", None),
    ],
)
def test_a_change_is_repeated_on_another_layout(layout: str, before: str, after: str, result: str | None) -> None:
    found = transform_like(Layout(layout), Layout(before), Layout(after))
    assert (None if found is None else found.name) == result


def test_layouts_that_differ_in_names_only() -> None:
    assert isomorphic(Layout("NCHW4c"), Layout("ABCD4b"))
    assert not isomorphic(Layout("NCHW4c"), Layout("ABCD8b"))
    assert not isomorphic(Layout("NCHW4c"), Layout("ABCD"))


def test_broadcasting_follows_the_larger_argument() -> None:
    data, bias = (1, 8, 4, 4), (8, 1, 1)
    inputs, outputs, _ = inferred("add", None, ["NCHW", "CHW"], data, bias)
    assert (inputs, outputs) == (["NCHW", "CHW"], ["NCHW"])
    inputs, outputs, _ = inferred("add", ["NCHW4c", "CHW"], ["NCHW", "CHW"], data, bias)
    assert (inputs, outputs) == (["NCHW4c", "NCHW4c"], ["NCHW4c"])
    inputs, _, _ = inferred("add", ["NCHW4c", "NHWC"], ["NHWC", "NHWC"], (1, 4, 4, 8), (1, 4, 4, 1))
    assert inputs == ["NCHW4c", "NCHW1c"]


def test_axes_move_with_their_dimensions() -> None:
    data = (2, 8, 4, 4)
    assert inferred("concatenate", ["NHWC", "NHWC"], ["NCHW", "NCHW"], data, data, axis=1)[2].axis == 3
    assert inferred("nn.batch_norm", ["NCHW4c", *"CCCC"], ["NCHW", *"CCCC"], data, axis=-3)[2].axis == 1
    inputs, outputs, attrs = inferred("split", ["NCHW4c"], ["NCHW"], data, axis=1, indices_or_sections=(4,))
    assert (inputs, outputs, attrs.indices_or_sections) == (["NCHW4c"], ["NCHW4c", "NCHW4c"], (1,))
    assert inferred("split", ["NCHW4c"], ["NCHW"], data, axis=1, indices_or_sections=(2,))[0] == ["NCHW"]


def test_reductions_lose_blocks_with_their_dimension() -> None:
    data = (2, 8, 4, 4)
    inputs, outputs, attrs = inferred("sum", ["NCHW4c"], ["NCHW"], data, axis=(1,), keepdims=False, exclude=False)
    assert (inputs, outputs, attrs.axis) == (["NCHW4c"], ["NHW"], (1, 4))
    _, outputs, attrs = inferred("sum", ["NCHW4c"], ["NCHW"], data, axis=(1,), keepdims=True, exclude=False)
    assert (outputs, attrs.axis) == (["NCHW1c"], (1, 4))
    _, outputs, attrs = inferred("mean", ["NCHW4c"], ["NCHW"], data, axis=(1,), keepdims=False, exclude=True)
    assert (outputs, attrs.axis) == (["C4c"], (1, 4))


def test_moves() -> None:
    data = (1, 8, 4, 4)
    inputs, outputs, attrs = inferred("transpose", ["NHWC"], ["NCHW"], data, axes=(0, 1, 3, 2))
    assert (inputs, outputs, attrs.axes) == (["NHWC"], ["NCWH"], (0, 3, 2, 1))
    _, outputs, attrs = inferred("squeeze", ["NHWC"], ["NCHW"], data, axis=None)
    assert (outputs, attrs.axis) == (["HWC"], (0,))
    widths = ((0, 0), (0, 0), (1, 1), (2, 2))
    inputs, _, attrs = inferred("nn.pad", ["NCHW4c", "1"], ["NCHW", "1"], data, (), pad_width=widths)
    assert (inputs, attrs.pad_width) == (["NCHW4c", "1"], (*widths, (0, 0)))
    inputs, _, _ = inferred("nn.pad", ["NCHW4c", "1"], ["NCHW", "1"], data, (), pad_width=((0, 0), (1, 0), *widths[2:]))
    assert inputs == ["NCHW", "1"]


def test_slices_follow_blocks_where_they_begin_and_end_with_one() -> None:
    data = (1, 8, 4, 4)
    begin = {"begin": (0, 4), "end": (1, 8), "strides": (1, 1), "axes": None, "slice_mode": "end"}
    inputs, _, attrs = inferred("strided_slice", ["NCHW4c"], ["NCHW"], data, **begin)
    assert (inputs, attrs.begin, attrs.end) == (["NCHW4c"], (0, 1), (1, 2))
    assert inferred("strided_slice", ["NCHW4c"], ["NCHW"], data, **{**begin, "begin": (0, 2)})[0] == ["None"]
    inputs, _, attrs = inferred("strided_slice", ["NHWC"], ["NCHW"], data, **begin)
    assert (inputs, attrs.begin, attrs.end) == (["NHWC"], (0, 0, 0, 4), (1, 4, 4, 8))


def test_quantization_marks_keep_the_layout_of_their_data() -> None:
    name = "relay.op.annotation.simulated_quantize"
    inputs, outputs, _ = inferred(name, ["NHWC", "C", "C", "C"], ["NCHW", "C", "C", "C"], (1, 8, 4, 4), (), (), ())
    assert (inputs, outputs) == (["NHWC", "C", "C", "C"], ["NHWC"])


def test_a_block_that_is_summed_and_kept_is_of_one() -> None:
    found = inferred("sum", ["NCHW4c"], ["NCHW"], (1, 8, 2, 2), axis=[1], keepdims=True, exclude=False)
    assert found[:2] == (["NCHW4c"], ["NCHW1c"])
    assert tuple(found[2].axis) == (1, 4)
