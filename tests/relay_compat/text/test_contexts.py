"""Parsing on top of what is there already, and objects that are no programs but have a text."""

import numpy as np
import pytest
from relay_build import const

from relay_compat.ir.expr import Call, GlobalVar, op
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse, parse_expr
from relay_compat.text.printer import print_expr, print_module
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError

HEADER = '#[version = "0.0.5"]\n'
F = HEADER + "type T { A, B(int32), }\ndef @f(%x: int32) -> int32 { negative(%x) }"


def test_definitions_of_another_module_are_there() -> None:
    known = parse(F)
    module = parse(HEADER + "def @main(%t: T) -> int32 { match (%t) { A => @f(1), B(%n) => %n, } }", "text", known)
    assert [var.name for var in module] == ["f", "main"]
    assert next(iter(module)) is known.get_global_var("f")
    assert structural_equal(parse(print_module(module)), module, map_free_vars=True)


def test_objects_can_be_given() -> None:
    given = {"relay.Constant": [const(np.ones((2, 3), "float32"))]}
    text = HEADER + "def @main(%x: Tensor[(2, 3), float32]) { add(%x, meta[relay.Constant][0]) }"
    module = parse(text, "text", None, given)
    assert module["main"].body.args[1] is given["relay.Constant"][0]  # type: ignore[attr-defined]
    with pytest.raises(DiagnosticError, match="R2R0107"):
        parse(text)


def test_underscore_annotates_nothing() -> None:
    assert parse_expr("let %x: _ = 1; %x").var.type_annotation is None  # type: ignore[attr-defined]


def test_globals_and_operators_have_a_text() -> None:
    assert GlobalVar("f").astext() == HEADER + "@f"
    assert str(op("nn.relu")) == "nn.relu"


def test_attributes_of_a_call_of_a_function_are_completed_by_the_struct() -> None:
    call = parse_expr('fn (%x: int32) { %x }(1, k=2, attrs_type_key="relay.attrs.TopkAttrs")')
    assert isinstance(call, Call)
    assert isinstance(call.attrs, Attrs)
    assert dict(call.attrs) == {"k": 2, "axis": -1, "ret_type": "both", "is_ascend": False, "dtype": ""}
    assert 'k=2, attrs_type_key="relay.attrs.TopkAttrs"' in print_expr(call)
    with pytest.raises(DiagnosticError, match="R2R0105"):
        parse_expr('fn (%x: int32) { %x }(1, size=2, attrs_type_key="relay.attrs.TopkAttrs")')


def test_vectors_are_types_that_nothing_computes_with() -> None:
    module = parse(HEADER + "def @main(%x: Tensor[(2), float32x4]) { add(%x, %x) }")
    assert "Tensor[(2), float32x4] {" in print_module(module)
    assert parse_expr("let %x: uint1x4 = (); ()").var.type_annotation.dtype == "uint1x4"  # type: ignore[attr-defined]
    with pytest.raises(DiagnosticError, match="R2R0204"):
        parse(HEADER + 'def @main(%x: Tensor[(2), float32]) { cast(%x, dtype="float32x4") }')
    with pytest.raises(DiagnosticError, match="R2R0103"):
        parse_expr("let %x: int8x0 = (); ()")
