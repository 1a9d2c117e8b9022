"""Numbers and strings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_compat.text.literals import BadLiteral, read_number, read_string, scalar_text, string_text


@pytest.mark.parametrize(
    ("text", "value", "dtype"),
    [
        ("1", 1, "int32"), ("-1", -1, "int32"), ("--1", 1, "int32"), ("3000000000", 3_000_000_000, "int64"),
        ("1i64", 1, "int64"), ("1i", 1, "int32"),
        ("-32768i16", -32768, "int16"), ("1f", 1.0, "float32"), ("1.f", 1.0, "float32"),
        ("1e-05f", 1e-05, "float32"), ("2f16", 2.0, "float16"), ("1.5f64", 1.5, "float64"),
        ("-inff", -math.inf, "float32"), ("inff64", math.inf, "float64"),
        ("-9223372036854775808i64", -(2**63), "int64"),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float, dtype: str) -> None:
    assert read_number(text) == (value, dtype)


@pytest.mark.parametrize(
    "text", ["1.0", "1e5", "1i8", "1i7", "1f8", "1+2", "1e+-5f", "1e39f", "70000f16", "32768i16", "2147483648i32"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BadLiteral):
        read_number(text)


def test_not_a_number() -> None:
    value, dtype = read_number("nanf16")
    assert math.isnan(value)
    assert scalar_text(value, dtype) == "nanf16"


# What real TVM 0.19 prints for these constants.
@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (1 / 3, "float32", "0.333333f"), (1e10, "float32", "1e+10f"), (100000.0, "float32", "100000f"),
        (1234567.0, "float32", "1.23457e+06f"), (-0.0, "float32", "-0f"), (16777217.0, "float32", "1.67772e+07f"),
        (1e-5, "float64", "1e-05f64"), (True, "bool", "True"), (7, "int64", "7i64"), (3, "int8", None),
    ],
)  # fmt: skip
def test_scalars(value: float, dtype: str, text: str | None) -> None:
    assert scalar_text(value, dtype) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_strings_come_back(value: str) -> None:
    assert read_string(string_text(value)) == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_come_back(value: int) -> None:
    assert read_number(scalar_text(value, "int64") or "") == (value, "int64")
