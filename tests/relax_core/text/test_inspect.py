"""Parts of a tensor's description that scripts before TVM 0.26 read off it by attributes."""

import pytest

from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError


def script(value: str) -> str:
    return f"""# from tvm.script import relax as R
@R.function
def main(x: R.Tensor, k: R.Prim("int64"), t: R.Tuple(R.Tensor, R.Tensor)):
    gv = {value}
    return gv
"""


@pytest.mark.parametrize(
    ("written", "call"),
    [
        ("x.ndim", "tensor_ndim(x)"),
        ("x.dtype.type_code", "tensor_dtype_code(x)"),
        ("x.dtype.bits", "tensor_dtype_bits(x)"),
        ("x.dtype.lanes", "tensor_dtype_lanes(x)"),
        ("x.byte_offset", "tensor_byte_offset(x)"),
        ("x.elem_offset", "tensor_elem_offset(x)"),
        ("x.shape[1]", "tensor_shape_i(x, R.prim_value(1))"),
        ("x.strides[k]", "tensor_stride_i(x, k)"),
    ],
)
def test_attributes_of_tensors_are_calls(written, call):
    assert f"= R.inspect.{call}\n" in print_module(read(script(written), release="0.19"), "0.19")


@pytest.mark.parametrize(("written", "release"), [("x.ndim", "0.27"), ("x.dtype", "0.19"), ("t.ndim", "0.19")])
def test_other_attributes_mean_nothing(written, release):
    with pytest.raises(DiagnosticError) as caught:
        read(script(written), release=release)
    assert caught.value.diagnostics[0].code is codes.SYNTAX


def test_fields_of_tuples_are_fields():
    assert "= t[1]\n" in print_module(read(script("t[1]"), release="0.19"), "0.19")
