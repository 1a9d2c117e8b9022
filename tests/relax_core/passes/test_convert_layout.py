"""ConvertLayout: where conversions stand, what is asked of which call, and what stays as it was."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from steps import steps

from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, IRModule
from relax_core.passes.convert_layout import ConvertLayout
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core.diagnostics import DiagnosticError

HEAD = "from tvm.script import ir as I, relax as R, tir as T\n@I.ir_module\nclass Module:\n    @R.function\n"
XW = 'x: R.Tensor((2, 4, 6, 6), "float32"), w: R.Tensor((4, 4, 3, 3), "float32")'
CONV = "conv = R.nn.conv2d(x, w)"
NHWC = {"relax.nn.conv2d": ["NHWC", "OHWI"]}
BLOCKS = {"relax.nn.conv2d": ["NCHW4c", "OIHW4o"]}


def module(params: str, *lines: str, after: tuple[str, ...] = ()) -> IRModule:
    body = "\n".join(f"            {line}" for line in (*lines, "R.output(out)"))
    rest = "\n".join(f"        {line}" for line in (*after, "return out"))
    return read(f"{HEAD}    def main({params}):\n        with R.dataflow():\n{body}\n{rest}\n", release="0.27")


def array(*shape: int) -> Any:
    return np.random.default_rng(3).integers(-3, 4, shape).astype(np.float32)


def converted(before: IRModule, wishes: Any = NHWC, *more: Any, layout_cb: Any = None) -> str:
    """The text after the pass, which must be well formed and compute the same."""
    after = ConvertLayout(wishes, layout_cb)(before)
    assert faults(after) == []
    args = (array(2, 4, 6, 6), array(4, 4, 3, 3), *more)
    for want, got in zip(flat(evaluate(before, args)), flat(evaluate(after, args)), strict=True):
        assert got.dtype == want.dtype
        assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    return print_module(after)


def flat(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, tuple) else [value]


def test_a_callback_decides_call_by_call() -> None:
    before = module(XW, CONV, "relu = R.nn.relu(conv)", "out = R.nn.conv2d(relu, w, padding=1)")

    def padded(call: Call) -> dict[str, list[str]]:
        attrs: Any = call.attrs
        return NHWC if any(attrs["padding"]) else {}

    text = converted(before, {}, layout_cb=padded)
    assert text.count('data_layout="NHWC"') == 1
    assert text.count('data_layout="NCHW"') == 1


def test_what_is_outside_of_dataflow_stays() -> None:
    before = module(XW, "out = R.nn.relu(x)", after=("out = R.nn.conv2d(out, w)",))
    assert ConvertLayout(NHWC)(before)["main"] is before["main"]


def test_a_match_cast_holds_the_value_in_its_layout() -> None:
    lines = (CONV, 'held = R.match_cast(conv, R.Tensor((2, c, h, w_), "float32"))', "out = R.nn.relu(held)")
    before = module(XW, "c = T.int64()", "h = T.int64()", "w_ = T.int64()", *lines)
    text = converted(before)
    assert 'R.match_cast(conv, R.Tensor((2, h, w_, c), dtype="float32"))' in text
    assert text.count("R.permute_dims(") == 3


def test_a_match_cast_in_blocks_holds_the_whole() -> None:
    before = module(XW, "c = T.int64()", CONV, 'out = R.match_cast(conv, R.Tensor((2, c, 4, 4), "float32"))')
    assert "R.match_cast(lv" in converted(before, BLOCKS)


def test_results_of_several_fields_are_brought_back_one_by_one() -> None:
    text = converted(module(XW, CONV, "out = R.split(conv, 2, axis=1)"))
    assert "indices_or_sections=2, axis=3" in text
    assert text.count("axes=[0, 3, 1, 2]") == 2


def test_fields_of_tuples_keep_their_layouts() -> None:
    text = converted(module(XW, CONV, "pair = (conv, x)", "first = pair[0]", "out = R.nn.relu(first)"))
    assert text.count("axes=[0, 3, 1, 2]") == 1
    assert text.index("R.nn.relu") < text.index("axes=[0, 3, 1, 2]")


def test_dropout_gives_two_values_in_one_layout() -> None:
    before = module(XW, CONV, "both = R.nn.dropout(conv)", "kept = both[0]", "out = R.nn.relu(kept)")
    text = print_module(ConvertLayout(NHWC)(before))
    assert text.count("R.permute_dims(") == 3


def test_local_functions_get_what_they_had() -> None:
    function = ("@R.function", "def inner(y: R.Tensor((4,), 'float32')):", "    z = R.add(conv, y)", "    return z")
    before = module(XW, CONV, *function, "b = R.sum(x, axis=[0, 2, 3])", "out = inner(b)")
    assert converted(before).count("axes=[0, 3, 1, 2]") == 1


@pytest.mark.parametrize(
    "line",
    [
        "out = R.repeat(conv, 1)",
        "out = R.reshape(conv, R.shape([128]))",
        "out = R.nn.log_softmax(conv, axis=1)",
        'out = R.call_pure_packed("f", conv, ty_args=R.Tensor((2, 4, 4, 4), "float32"))',
    ],
)
def test_what_reads_elements_in_order_gets_them_in_order(line: str) -> None:
    text = print_module(ConvertLayout(NHWC)(module(XW, CONV, line)))
    assert text.count("axes=[0, 3, 1, 2]") == 1


def test_scales_of_several_axes_keep_their_order() -> None:
    scales = 'g: R.Tensor((4, 4, 4), "float32"), b: R.Tensor((4, 4, 4), "float32")'
    before = module(f"{XW}, {scales}", CONV, "out = R.nn.layer_norm(conv, g, b, axes=[1, 2, 3])")
    assert "axes=[1, 2, 3]" in converted(before, NHWC, array(4, 4, 4), array(4, 4, 4))


@pytest.mark.parametrize("channels", ["1", "c"])
def test_blocks_that_an_operand_may_not_fill_are_joined_first(channels: str) -> None:
    before = module(f'{XW}, y: R.Tensor((1, "{channels}", 1, 1), "float32")', CONV, "out = R.add(conv, y)")
    text = converted(before, BLOCKS, array(1, 1, 1, 1))
    assert text.index("i1 * 4 + i4") < text.index("R.add")


def test_a_sum_over_blocks_that_keeps_its_dimensions_is_of_the_whole() -> None:
    for keeps, ahead in ((True, True), (False, False)):
        text = converted(module(XW, CONV, f"out = R.sum(conv, axis=[1], keepdims={keeps})"), BLOCKS)
        assert ("i1 * 4 + i4" in text) is ahead


def test_indices_of_a_split_count_in_blocks() -> None:
    before = module(XW, CONV, "two = R.concat((conv, conv, conv), axis=1)", "out = R.split(two, [4, 8], axis=1)")
    assert "indices_or_sections=[1, 2], axis=1" in converted(before, BLOCKS)


def test_a_tensor_of_unknown_rank_is_left_alone() -> None:
    before = module(f'{XW}, y: R.Tensor(dtype="float32")', CONV, "out = R.add(conv, y)")
    assert converted(before, NHWC, array(2, 4, 4, 4)).count("axes=[0, 3, 1, 2]") == 1


@pytest.mark.parametrize(
    ("wishes", "what"),
    [
        ({"relax.nn.relu": ["NHWC"]}, "no layout can be asked of relax.nn.relu"),
        ({"relax.nn.conv2d": ["NHWC", "OHWC"]}, "in layout OIHW, which cannot be brought to OHWC"),
        ({"relax.nn.conv2d": ["NHWC"]}, "takes the layouts of data and kernel"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes: Any, what: str) -> None:
    with pytest.raises(DiagnosticError, match=what):
        ConvertLayout(wishes)(module(XW, "out = R.nn.conv2d(x, w)"))


def test_only_conv2d_takes_blocks() -> None:
    params = 'x: R.Tensor((1, 4, 5), "float32"), w: R.Tensor((4, 4, 3), "float32")'
    with pytest.raises(DiagnosticError, match="does not take blocks"):
        ConvertLayout({"relax.nn.conv1d": ["NCW4c", "OIW4o"]})(module(params, "out = R.nn.conv1d(x, w)"))


def test_the_work_grows_with_the_program() -> None:
    def chain(length: int) -> Callable[[], object]:
        lines = [f"v{n + 1} = R.add(v{n}, conv)" for n in range(length)]
        before = module(XW, CONV, "v0 = R.nn.relu(conv)", *lines, f"out = R.nn.relu(v{length})")
        return lambda: ConvertLayout(NHWC)(before)

    chain(1)()
    short, long = (steps(chain(length)) for length in (100, 400))
    assert long < 5 * short
