"""AlterOpLayout on Relax: calls become what functions say, in the layouts that those state."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from relax_core.interpret import evaluate
from relax_core.ir.expr import Constant, IRModule
from relax_core.op import creator
from relax_core.passes.alter_op_layout import Alter, AlterOpLayout
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core.diagnostics import DiagnosticError

HEAD = "from tvm.script import ir as I, relax as R, tir as T\n@I.ir_module\nclass Module:\n    @R.function\n"
CONV2D = "relax.nn.conv2d"
CONV = "conv = R.nn.conv2d(x, w)"


def module(*lines: str, channels: int = 4) -> IRModule:
    params = f'x: R.Tensor((2, 4, 6, 6), "float32"), w: R.Tensor(({channels}, 4, 3, 3), "float32")'
    body = "\n".join(f"            {line}" for line in (*lines, "R.output(out)"))
    return read(
        f"{HEAD}    def main({params}):\n        with R.dataflow():\n{body}\n        return out\n", release="0.27"
    )


def say(path: str, *args: Any, **attrs: Any) -> Any:
    return creator(path, "0.27")(*args, **attrs)


def altered(before: IRModule, alterations: dict[str, Alter]) -> str:
    """The text after the pass, which must be well formed and compute the same."""
    after = AlterOpLayout(alterations)(before)
    assert faults(after) == []
    types: list[Any] = [param.ty for param in before["main"].params]
    args = [np.random.default_rng(3).integers(-3, 4, type_.dims).astype(np.float32) for type_ in types]
    assert_allclose(evaluate(after, args), evaluate(before, args), rtol=1e-5, atol=1e-5)
    return print_module(after)


def taken(text: str) -> list[str]:
    return re.findall(r"= R\.([\w.]+)\(", text)


def blocked(attrs: Any, args: Any, types: Any, result: Any) -> Any:
    """A convolution in blocks of four channels."""
    del types, result
    return say(
        "nn.conv2d",
        *args,
        attrs["strides"],
        attrs["padding"],
        attrs["dilation"],
        data_layout="NCHW4c",
        kernel_layout="OIHW4o",
    )


def test_an_altered_convolution_and_what_follows_it_share_a_layout() -> None:
    text = altered(module(CONV, "relu = R.nn.relu(conv)", "out = R.nn.conv2d(relu, w)"), {CONV2D: blocked})
    moves = "layout_transform"
    assert taken(text) == [moves, moves, "nn.conv2d", "nn.relu", moves, "nn.conv2d", moves]
    assert text.count('data_layout="NCHW4c"') == 2


def test_a_function_is_told_what_the_call_is() -> None:
    told: list[Any] = []

    def alter(attrs: Any, args: Any, types: Any, result: Any) -> None:
        told.append((attrs["data_layout"], [arg.name for arg in args], [type_.dims for type_ in types], result.dims))

    before = module("out = R.nn.conv2d(x, w)")
    assert altered(before, {CONV2D: alter}) == print_module(before)
    assert told == [("NCHW", ["x", "w"], [(2, 4, 6, 6), (4, 4, 3, 3)], (2, 4, 4, 4))]


def test_another_operator_follows_its_operands() -> None:
    def alter(attrs: Any, args: Any, types: Any, result: Any) -> Any:
        del attrs, types, result
        return say("maximum", args[0], Constant(np.array(0, np.float32)))

    text = altered(module(CONV, "out = R.nn.relu(conv)"), {CONV2D: blocked, "relax.nn.relu": alter})
    assert taken(text) == ["layout_transform", "layout_transform", "nn.conv2d", "maximum", "layout_transform"]


def test_other_attributes_are_kept_where_the_layout_is_not() -> None:
    def alter(attrs: Any, args: Any, types: Any, result: Any) -> Any:
        del types, result
        return say(
            "nn.conv2d", *args, attrs["strides"], data_layout="NCHW4c", kernel_layout="OIHW4o", out_dtype="float32"
        )

    text = altered(module("out = R.nn.conv2d(x, w)", channels=3), {CONV2D: alter})
    assert taken(text) == ["nn.conv2d"]
    assert 'out_dtype="float32"' in text


@pytest.mark.parametrize(
    ("stated", "what"),
    [
        (None, "can only be altered to another call"),
        ({"strides": (2, 2)}, "was altered to a call of type"),
        ({"data_layout": "NHC"}, "cannot be brought to NHC"),
    ],
)
def test_alterations_that_cannot_be_are_refused(stated: dict[str, Any] | None, what: str) -> None:
    def alter(attrs: Any, args: Any, types: Any, result: Any) -> Any:
        del attrs, types, result
        return args[0] if stated is None else say("nn.conv2d", *args, **stated)

    with pytest.raises(DiagnosticError, match=what):
        altered(module("out = R.nn.conv2d(x, w)"), {CONV2D: alter})


def test_what_follows_its_operands_can_not_be_asked_for_a_layout() -> None:
    def alter(attrs: Any, args: Any, types: Any, result: Any) -> Any:
        del attrs, types, result
        return say("nn.max_pool2d", *args, layout="NHWC")

    with pytest.raises(DiagnosticError, match=r"no layout can be asked of relax\.nn\.max_pool2d"):
        altered(module("out = R.nn.max_pool2d(x)"), {"relax.nn.max_pool2d": alter})
