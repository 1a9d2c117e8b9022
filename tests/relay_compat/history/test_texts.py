"""Texts of older releases mean what they meant there."""

import numpy as np
import pytest

from relay_compat.ir.expr import Call, Constant, Function
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from tensor_core.diagnostics import DiagnosticError

HEADER = '#[version = "0.0.5"]\n'
IMAGE = "%x: Tensor[(1, 3, 8, 8), float32]"


def body(params: str, expression: str, release: str | None) -> Call:
    text = HEADER + f"def @main({params}) {{ {expression} }}"
    function = parse(text, infer=False, release=release)["main"]
    assert isinstance(function, Function)
    assert isinstance(function.body, Call)
    return function.body


def printed(params: str, expression: str, release: str | None) -> str:
    """The body as 0.19 writes it, without annotations."""
    text = print_module(parse(HEADER + f"def @main({params}) {{ {expression} }}", release=release))
    return text.split("{\n", 1)[1].rsplit("\n}", 1)[0].partition(" /* ty=")[0].strip()


# (parameters, release, what it wrote, what 0.19 writes)
ROWS = [
    ("%a: Tensor[(2, 3, 4), float32], %b: Tensor[(2, 5, 4), float32]", "0.7", "nn.batch_matmul(%a, %b)",
     "nn.batch_matmul(%a, %b, transpose_b=True)"),
    ("%a: Tensor[(2, 3, 4), float32], %b: Tensor[(2, 4, 5), float32]", "0.8", "nn.batch_matmul(%a, %b)",
     "nn.batch_matmul(%a, %b)"),
    (f"{IMAGE}, %w: Tensor[(3, 6, 3, 3), float32]", "0.7",
     "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])",
     "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])"),
    (f"{IMAGE}, %w: Tensor[(6, 3, 3, 3), float32]", "0.8",
     "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])",
     'nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3], kernel_layout="OIHW")'),
    (f"{IMAGE}, %w: Tensor[(3, 6, 3, 3), float32]", "0.12",
     "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])",
     "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])"),
    (IMAGE, "0.7", "image.resize(%x, size=[4, 4])", "image.resize2d(%x, size=[4, 4], roi=[0f, 0f, 0f, 0f])"),
    (IMAGE, "0.7", 'image.resize(%x, size=[4, 4], method="nearest_neighbor",'
     ' coordinate_transformation_mode="asymmetric")',
     'image.resize2d(%x, size=[4, 4], roi=[0f, 0f, 0f, 0f], method="nearest_neighbor", '
     'coordinate_transformation_mode="asymmetric", rounding_method="floor")'),
    ("%x: Tensor[(4), float32]", "0.8", "on_device(%x, device_type=2, is_fixed=True)",
     "on_device(%x, virtual_device=meta[VirtualDevice][0], constrain_result=True)"),
    ("%x: Tensor[(4), int32], %s: float32, %z: int32", "0.8", 'qnn.requantize(%x, %s, %z, %s, %z, out_dtype="int8")',
     'qnn.requantize(%x, %s, %z, %s, %z, rounding="UPWARD", compute_dtype="int64", out_dtype="int8")'),
    ("%x: Tensor[(4), uint8], %s: float32, %z: int32", "0.9", "qnn.leaky_relu(%x, %s, %z, alpha=0.5f)",
     "qnn.leaky_relu(%x, %s, %z, %s, %z, alpha=0.5f)"),
    ("%x: Tensor[(4), uint8], %s: float32, %z: int32", "0.13", "qnn.dequantize(%x, %s, %z)",
     'qnn.dequantize(%x, %s, %z, out_dtype="float32")'),
    ("%x: Tensor[(1, 5, 6), float32]", "0.7", "vision.get_valid_counts(%x, score_threshold=0.5f)",
     "vision.get_valid_counts(%x, 0.5f"),
    ("%x: Tensor[(1, 3, 8), float32], %w: Tensor[(3, 6, 3), float32]", "0.11",
     "nn.conv1d_transpose(%x, %w, channels=6, kernel_size=[3])",
     "nn.conv1d_transpose(%x, %w, channels=6, kernel_size=[3])"),
    (IMAGE, "0.7", "nn.max_pool2d(%x, pool_size=[2, 2])", "nn.max_pool2d(%x, pool_size=[2, 2])"),
    (IMAGE, "0.7", "reshape(%x, newshape=[3, -1])", "reshape(%x, newshape=[3, -1])"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "release", "text", "now"), ROWS)
def test_calls(params: str, release: str, text: str, now: str) -> None:
    assert printed(params, text, release) == now


def test_infix_operators_have_a_history_too() -> None:
    assert printed("%x: float32", "%x + %x", "0.7") == "add(%x, %x)"


@pytest.mark.parametrize(("release", "dtype"), [("0.7", "int64"), ("0.8", "int64"), ("0.9", "int32"), (None, "int32")])
def test_integers_without_suffix(release: str | None, dtype: str) -> None:
    argument = body("%x: int32", "add(%x, 1 /* ty=int64 */)", release).args[1]
    assert isinstance(argument, Constant)
    assert str(argument.data.dtype) == dtype


def test_floats_without_suffix() -> None:
    argument = body("%x: float64", "add(%x, 1.5f /* ty=float64 */)", "0.7").args[1]
    assert isinstance(argument, Constant)
    np.testing.assert_array_equal(argument.data, np.float64(1.5))


SECTION = '{"root": 1, "nodes": [{"type_key": ""}, {"type_key": "Map"}], "attrs": {"tvm_version": "%s"}}'


def test_the_metadata_section_names_the_release() -> None:
    call = "def @main(%%a: Tensor[(2, 4, 4), float32]) { nn.batch_matmul(%%a, %%a) }\n#[metadata]\n"
    text = HEADER + call + SECTION
    assert "transpose_b=True" in print_module(parse(text % "0.7.0"))
    assert "transpose_b=True" not in print_module(parse(text % "0.19.0"))
    assert "transpose_b=True" not in print_module(parse(text % "0.7.0", release="0.8"))
    assert "transpose_b=True" not in print_module(parse(text % "0.20.dev0"))
    with pytest.raises(DiagnosticError, match="R2R0305"):
        parse(text % "0.8.dev1452+g338940dc5")


def refused(text: str, release: str) -> str:
    with pytest.raises(DiagnosticError) as caught:
        parse(HEADER + f"def @main({IMAGE}) {{ {text} }}", release=release)
    (found,) = caught.value.diagnostics
    return found.code.id


@pytest.mark.parametrize("release", ["0.6", "0.20", "1.0", "next", "0.8.dev0", ""])
def test_releases_whose_texts_cannot_be_read(release: str) -> None:
    assert refused("%x", release) == "R2R0305"


@pytest.mark.parametrize("release", ["0.7", "v0.8.0", "0.18.0", "0.19"])
def test_releases_whose_texts_can(release: str) -> None:
    assert parse(HEADER + f"def @main({IMAGE}) {{ %x }}", release=release)


def test_what_has_no_certain_form() -> None:
    assert refused('image.resize(%x, size=[4, 4], method="nearest_neighbor")', "0.7") == "R2R0306"
    assert refused('image.resize(%x, size=[4, 4], method="lanczos")', "0.7") == "R2R0306"
    assert refused('nn.pad(%x, pad_width=[[0, 0], [0, 0], [1, 1], [1, 1]], pad_value="a")', "0.7") == "R2R0306"
