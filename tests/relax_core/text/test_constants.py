"""Numbers in text: every finite value reads back to its own bits, in every element type."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relax_core.ir.expr import Constant, Function, GlobalVar, IRModule, SeqExpr, Tuple
from relax_core.text.literals import INLINE_ELEMENTS, constant_text, float_text, string_text
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError
from tensor_core.dtypes import to_numpy

FLOATS = ["float16", "float32", "float64", "bfloat16"]


def through_text(array: np.ndarray, target: str = "0.27") -> np.ndarray:
    module = IRModule(
        {GlobalVar("main"): Function((), SeqExpr((), Tuple((Constant(array),))), attrs={"global_symbol": "main"})}
    )
    result: Any = read(print_module(module, target))["main"]
    return result.body.body.fields[0].data


def bits(array: np.ndarray) -> np.ndarray:
    return array.view(f"uint{8 * array.dtype.itemsize}")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
@given(data=st.data())
def test_floats_keep_their_bits(dtype: str, shape: tuple[int, ...], data: st.DataObject):
    width = 8 * to_numpy(dtype).itemsize
    count = int(np.prod(shape))
    drawn = data.draw(st.lists(st.integers(0, (1 << width) - 1), min_size=count, max_size=count))
    array = np.array(drawn, f"uint{width}").view(to_numpy(dtype)).reshape(shape)
    array = np.where(np.isnan(array), to_numpy(dtype).type(0), array)  # a NaN's payload has no spelling
    found = through_text(array)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert (bits(found) == bits(array)).all()


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint64", "bool"])
@given(data=st.data())
def test_integers_keep_their_value(dtype: str, data: st.DataObject):
    info = np.iinfo(dtype) if dtype != "bool" else None
    low, high = (0, 1) if info is None else (int(info.min), int(info.max))
    drawn = data.draw(st.lists(st.integers(low, high), max_size=4))
    array = np.array(drawn, dtype)
    assert (through_text(array) == array).all()
    if drawn:
        assert through_text(array[0].reshape(())) == array[0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_negative_zeros_keep_their_sign(dtype: str):
    array = np.array([0.0, -0.0, -1.0], to_numpy(dtype))
    assert (bits(through_text(array)) == bits(array)).all()


def test_special_values():
    array = np.array([np.inf, -np.inf, np.nan, -0.0], "float32")
    assert constant_text(array) == 'R.const([float("inf"), float("-inf"), float("nan"), -0.0], "float32")'
    found = through_text(array)
    assert np.isnan(found[2])
    assert (bits(found[[0, 1, 3]]) == bits(array[[0, 1, 3]])).all()


@pytest.mark.parametrize("shape", [(0,), (2, 0), (3, 2, 0)])
def test_empty_arrays(shape: tuple[int, ...]):
    assert through_text(np.zeros(shape, "float32")).shape == shape


@pytest.mark.parametrize("array", [np.zeros((0, 3), "float32"), np.zeros(INLINE_ELEMENTS + 1, "int8")])
def test_what_belongs_among_the_parameters_is_refused(array: np.ndarray):
    with pytest.raises(DiagnosticError) as caught:
        constant_text(array)
    assert caught.value.diagnostics[0].code.id == "R2R0406"


# What TVM 0.19 and 0.27 print for R.const of the value.
RECORDED = {
    0.1: "0.10000000000000001",
    float(np.float32(0.1)): "0.10000000149011612",
    1e-5: "1.0000000000000001e-05",
    float(np.float32(1e30)): "1000000015047466219876688855040.0",
    123456.789: "123456.789",
    1e22: "10000000000000000000000.0",
    -0.0: "-0.0",
    5e-324: "4.9406564584124654e-324",
}


@pytest.mark.parametrize("value", RECORDED)
def test_floats_are_spelled_as_tvm_spells_them(value: float):
    assert float_text(value) == RECORDED[value]


@given(st.text())
def test_strings_keep_their_characters(value: str):
    text = string_text(value)
    assert text.isascii()
    function: Any = read(f"@R.function\ndef main():\n    return R.str({text})\n")["main"]
    assert function.body.body.value == value
