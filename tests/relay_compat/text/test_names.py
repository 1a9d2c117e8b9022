"""Names that TVM prints and cannot read again are read; where readings compete, the declared one wins."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportArgumentType=false

from typing import Any

import pytest

from relay_compat.ir.expr import Call, Function, TupleGetItem, Var, op
from relay_compat.text.parser import parse, parse_expr
from tensor_core.diagnostics import DiagnosticError

HEADER = '#[version = "0.0.5"]\n'
TUPLE = "(Tensor[(2), float32], Tensor[(2), float32])"


def function(text: str, name: str = "main") -> Function:
    found = parse(HEADER + text, infer=False)[name]
    assert isinstance(found, Function)
    return found


def body(params: str, text: str) -> Any:
    return function(f"def @main({params}) {{ {text} }}").body


@pytest.mark.parametrize(
    "name", ["input.1", "input:0", "aten::embedding_0.weight", "conv-1", "größe", "a/b", "x$", "let", "a++_0"]
)
def test_odd_names(name: str) -> None:
    found = body(f"%{name}: int32", f"%{name}")
    assert isinstance(found, Var)
    assert found.name == name


def test_a_field_unless_a_variable_has_the_name() -> None:
    field = body(f"%t: {TUPLE}", "%t.0")
    assert isinstance(field, TupleGetItem)
    assert field.index == 0
    assert isinstance(body(f"%t: {TUPLE}, %t.0: int32", "%t.0"), Var)


def test_a_field_of_a_name_with_a_dot() -> None:
    field = body(f"%t.0: {TUPLE}", "%t.0.1")
    assert isinstance(field, TupleGetItem)
    assert (field.tuple_value.name, field.index) == ("t.0", 1)


def test_a_minus_without_blanks() -> None:
    call = body("%a: int32, %b: int32", "%a-%b")
    assert isinstance(call, Call)
    assert call.op is op("subtract")
    assert body("%a: int32", "%a+1").op is op("add")
    call = body("%a: int32", "%a-negative(%a)")
    assert isinstance(call, Call)
    assert call.args[1].op.name == "negative"
    assert isinstance(body("%a-b: int32, %a: int32", "%a-b"), Var)


@pytest.mark.parametrize("annotation", ["int32", "Tensor[(2), float32]", "(int32, bool)", "fn (int32) -> int32", "_"])
def test_an_annotation_without_blanks(annotation: str) -> None:
    found = function(f"def @main(%x:{annotation}, %y:int32) {{ %x }}")
    assert [param.name for param in found.params] == ["x", "y"]


def test_an_annotation_without_blanks_that_names_a_type() -> None:
    found = function("type T { C, }\ndef @main(%x:T, %y:T) { %x }")
    assert [param.name for param in found.params] == ["x", "y"]


def test_inner_scopes_end() -> None:
    text = "if (%c) { let %x = 1; %x } else { %x }"
    assert isinstance(body("%c: bool, %x: int32", text).false_branch, Var)
    with pytest.raises(DiagnosticError, match="undefined variable %x"):
        body("%c: bool", text)


def test_graph_variables_are_global_and_the_first_binding_stays() -> None:
    module = parse(
        HEADER + "def @a(%x: int32) { %0 = exp(%x); %0 }\ndef @b(%y: int32) { %0 = log(%y); %0 }", infer=False
    )
    assert module["b"].body is module["a"].body


def test_operators_bind_as_in_tvm() -> None:
    # TVM 0.19 reads a + b * c < d - e - f as less(add(a, multiply(b, c)), subtract(subtract(d, e), f)).
    call = parse_expr("1 + 2 * 3 < 4 - 5 - 6")

    def shape(node) -> str:
        return f"{node.op.name}({', '.join(map(shape, node.args))})" if isinstance(node, Call) else str(node.data)

    assert shape(call) == "less(add(1, multiply(2, 3)), subtract(subtract(4, 5), 6))"


def test_opaque_operators_keep_their_recorded_type() -> None:
    call = parse_expr(
        'acme.op(%x, k=[1, 2], s="t") /* ty=(Tensor[(2), float32], int32) span=a.py:1:2 */'.replace("%x", "1")
    )
    assert isinstance(call, Call)
    assert call.op.card is None
    assert str(call.checked) == "(Tensor[(2), float32], Tensor[(), int32])"
    assert dict(call.attrs) == {"k": (1, 2), "s": "t"}
