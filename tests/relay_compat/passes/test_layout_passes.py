"""AlterOpLayout, ConvertLayout and Legalize: conversions are where they are needed, and nowhere else."""

from typing import Any

import pytest
from before_after import check, module

from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.layouts import InferCorrectLayoutOutput
from relay_compat.op.call import call
from relay_compat.op_attributes import TempOpAttr
from relay_compat.passes.alter_op_layout import AlterOpLayout
from relay_compat.passes.building import is_call_of
from relay_compat.passes.convert_layout import ConvertLayout
from relay_compat.passes.desired_layouts import LayoutConfig
from relay_compat.passes.legalize import Legalize
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import PassContext, Sequential

X = "%x: Tensor[(1, 16, 8, 8), float32]"
W = "%w: Tensor[(16, 16, 3, 3), float32]"
CONV = "nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=16, kernel_size=[3, 3])"


def to_blocks(attrs: Any, args: list[Expr], infos: list[Any], result: Any) -> Expr:
    assert infos[0].shape == (1, 16, 8, 8)
    assert infos[0].dtype == "float32"
    assert result.shape == (1, 16, 8, 8)
    return call("nn.conv2d", *args, **{**attrs, "data_layout": "NCHW4c", "kernel_layout": "OIHW4o4i"})


def conversions(text: str, pass_: Any = None) -> list[tuple[str, str]]:
    """The layouts of all conversions, in order of evaluation."""
    with PassContext(opt_level=3), TempOpAttr("nn.conv2d", "FTVMAlterOpLayout", to_blocks):
        main = Sequential([pass_ or AlterOpLayout()])(module(text))["main"]
    assert isinstance(main, Function)
    found = [node for node in reachable(main) if is_call_of(node, "layout_transform")]
    return [(node.attrs.src_layout, node.attrs.dst_layout) for node in found if isinstance(node, Call) and node.attrs]


def test_nothing_is_altered_unless_somebody_registers_how() -> None:
    check(AlterOpLayout(), f"def @main({X}, {W}) {{ {CONV} }}")


def test_a_hook_may_leave_the_operator() -> None:
    with TempOpAttr("nn.conv2d", "FTVMAlterOpLayout", lambda *_: None):
        check(AlterOpLayout(), f"def @main({X}, {W}) {{ {CONV} }}")


def test_a_hook_must_return_a_call() -> None:
    with (
        TempOpAttr("nn.conv2d", "FTVMAlterOpLayout", lambda _, args, *_rest: args[0]),
        pytest.raises(DiagnosticError, match="another call node"),
    ):
        check(AlterOpLayout(), f"def @main({X}, {W}) {{ {CONV} }}")


BLOCK = ("NCHW", "NCHW4c")
BACK = ("NCHW4c", "NCHW")
KERNEL = ("OIHW", "OIHW4o4i")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CONV, [BLOCK, KERNEL, BACK]),
        (f"nn.relu({CONV})", [BLOCK, KERNEL, BACK]),
        (f"nn.max_pool2d({CONV}, pool_size=[2, 2], padding=[0, 0, 0, 0])", [BLOCK, KERNEL, BACK]),
        (f"%0 = {CONV}; add(%0, 1f)", [BLOCK, KERNEL, BACK]),
        (f"%0 = {CONV}; concatenate((%0, nn.relu(%0)), axis=1)", [BLOCK, KERNEL, BACK]),
        (f"%0 = {CONV}; (%0, %0)", [BLOCK, KERNEL, BACK]),
        (f"nn.softmax({CONV}, axis=1)", [BLOCK, KERNEL, BACK]),
        (CONV.replace("%x", f"nn.relu({CONV})"), [BLOCK, KERNEL, BACK]),
        (f"%0 = {CONV}; if (True) {{ %0 }} else {{ %x }}", [BLOCK, KERNEL, BACK]),
    ],
)
def test_conversions_are_few(body: str, expected: list[tuple[str, str]]) -> None:
    assert conversions(f"def @main({X}, {W}) {{ {body} }}") == expected


def test_both_arguments_of_an_addition_are_converted_alike() -> None:
    bias = "%b: Tensor[(16, 1, 1), float32]"
    found = conversions(f"def @main({X}, {W}, {bias}) {{ add({CONV}, %b) }}")
    assert sorted(found) == sorted([BLOCK, KERNEL, BLOCK, BACK])


def test_conversion_to_a_wanted_layout() -> None:
    to_nhwc = ConvertLayout({"nn.conv2d": ["NHWC", "default"]})
    check(
        to_nhwc,
        f"def @main({X}, {W}) {{ nn.relu({CONV}) }}",
        f"""def @main({X}, {W}) {{
            %0 = layout_transform(%x, src_layout="NCHW", dst_layout="NHWC");
            %1 = layout_transform(%w, src_layout="OIHW", dst_layout="HWIO");
            %2 = nn.conv2d(%0, %1, padding=[1, 1, 1, 1], channels=16, kernel_size=[3, 3], data_layout="NHWC",
                           kernel_layout="HWIO");
            layout_transform(nn.relu(%2), src_layout="NHWC", dst_layout="NCHW")
        }}""",
    )
    with LayoutConfig(skip_layers=[0]):
        check(to_nhwc, f"def @main({X}, {W}) {{ nn.relu({CONV}) }}")


def test_depthwise_kernels_have_their_own_layout() -> None:
    w = "%w: Tensor[(16, 1, 3, 3), float32]"
    conv = CONV.replace("channels", "groups=16, channels")
    found = conversions(f"def @main({X}, {w}) {{ {conv} }}", ConvertLayout({"nn.conv2d": ["NHWC", "default"]}))
    assert ("OIHW", "HWOI") in found


def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match="not yet supported"):
        check(ConvertLayout({"nn.conv2d": ["CHWN", "default"]}), f"def @main({X}, {W}) {{ {CONV} }}")
    with pytest.raises(DiagnosticError, match="are wanted"):
        check(ConvertLayout({"nn.conv2d": ["default", "default"]}), f"def @main({X}, {W}) {{ {CONV} }}")


def test_a_registered_inference_is_asked() -> None:
    def infer(attrs: Any, new: Any, old: Any, types: Any) -> InferCorrectLayoutOutput:
        del types
        layout = (new or old)[0]
        return InferCorrectLayoutOutput([layout], [layout], attrs)

    body = f"nn.softmax({CONV}, axis=1)"
    with TempOpAttr("nn.softmax", "FInferCorrectLayout", infer):
        assert conversions(f"def @main({X}, {W}) {{ nn.relu({body}) }}") == [BLOCK, KERNEL, BACK]


def test_an_inference_that_forgets_arguments_is_refused() -> None:
    def infer(attrs: Any, new: Any, old: Any, types: Any) -> InferCorrectLayoutOutput:
        del new, old, types
        return InferCorrectLayoutOutput(["NCHW"], ["NCHW"], attrs)

    with TempOpAttr("add", "FInferCorrectLayout", infer), pytest.raises(DiagnosticError, match="1 of 2 arguments"):
        conversions(f"def @main({X}, {W}) {{ add({CONV}, {CONV}) }}")


def test_upsampling_by_computed_scales_follows_in_blocks() -> None:
    """As TVM 0.19 does."""
    body = f"""%0 = {CONV};
        dyn.nn.upsampling(%0, %s, %s, scale_h=0f, scale_w=0f)"""
    assert conversions(f"def @main({X}, {W}, %s: float32) {{ {body} }}") == [BLOCK, KERNEL, BACK]


def test_the_gradient_of_a_kernel_is_asked_for_layouts() -> None:
    """What TVM 0.19 makes: the gradient in the layout of the data, which is stated in the place of the kernel's."""
    params = "%g: Tensor[(1, 3, 4, 4), float32], %d: Tensor[(1, 2, 4, 4), float32]"
    check(
        ConvertLayout({"nn.conv2d_backward_weight": ["NHWC", "OHWI"]}),
        f"""def @main({params}) {{
            nn.conv2d_backward_weight(%g, %d, padding=[0, 0, 0, 0], channels=3, kernel_size=[1, 1],
                                      kernel_layout="NCHW", out_layout="OIHW")
        }}""",
        f"""def @main({params}) {{
            %0 = layout_transform(%g, src_layout="NCHW", dst_layout="NHWC");
            %1 = layout_transform(%d, src_layout="NCHW", dst_layout="NHWC");
            %2 = nn.conv2d_backward_weight(%0, %1, padding=[0, 0, 0, 0], channels=3, kernel_size=[1, 1],
                                           data_layout="NHWC", kernel_layout="NHWC", out_layout="OHWI");
            layout_transform(%2, src_layout="OHWI", dst_layout="OIHW")
        }}""",
    )


def test_legalization_sees_types() -> None:
    def legalize(attrs: Any, args: list[Expr], types: list[Any]) -> Expr | None:
        assert [type_.dtype for type_ in types] == ["float32"] * 3
        return call("add", args[0], call("negative", args[1])) if attrs is None else None

    with TempOpAttr("subtract", "FTVMLegalize", legalize):
        check(
            Legalize(),
            "def @main(%x: float32) { subtract(exp(%x), 1f) }",
            "def @main(%x: float32) { add(exp(%x), negative(1f)) }",
        )
    check(Legalize(), "def @main(%x: float32) { subtract(exp(%x), 1f) }")
    with TempOpAttr("exp", "Other", lambda _attrs, args, _types: call("sqrt", *args)):
        check(Legalize("Other"), "def @main(%x: float32) { exp(%x) }", "def @main(%x: float32) { sqrt(%x) }")


def test_padding_follows_a_convolution():
    text = f"def @main({X}, {W}) {{ nn.pad({CONV}, 0, pad_width=[[0, 0], [0, 0], [1, 2], [3, 4]]) }}"
    with PassContext(opt_level=3):
        main = Sequential([ConvertLayout({"nn.conv2d": ["NHWC", "default"]})])(module(text))["main"]
    assert isinstance(main, Function)
    # What goes back to the old layout comes last.
    assert is_call_of(main.body, "layout_transform")
    assert is_call_of(main.body.args[0], "nn.pad")
    widths = [[int(width) for width in pair] for pair in main.body.args[0].attrs.pad_width]
    assert widths == [[0, 0], [1, 2], [3, 4], [0, 0]]


@pytest.mark.parametrize(("layout", "known"), [("OIHW1o", True), ("HWIO1o", False)])
def test_channels_of_kernels_in_blocks_are_counted_where_tvm_counts_them(layout: str, known: bool) -> None:
    # TVM 0.19 fails on others with "Unknown conv2d kernel layout".
    shape = "(4, 4, 3, 3, 1)" if known else "(3, 3, 4, 4, 1)"
    given = module(f"""def @main(%x: Tensor[(1, 4, 5, 5), float32], %w: Tensor[{shape}, float32]) {{
  nn.conv2d(%x, %w, channels=4, kernel_size=[3, 3], kernel_layout="{layout}")
}}
""")
    convert = ConvertLayout({"nn.conv2d": ["NHWC", "default"]})
    if known:
        assert "HWIO" in str(convert(given))
        return
    with pytest.raises(DiagnosticError, match=f"Unknown conv2d kernel layout {layout}"):
        convert(given)
