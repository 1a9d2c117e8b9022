"""A-normal form, basic blocks and graph normal form. Orders and scopes are those of TVM 0.19 for the same programs."""

import re
from typing import Any

import pytest

import relay_compat as relay
from relay_compat.analysis import Feature, check_basic_block_normal_form, detect_feature
from relay_compat.normal_form import to_a_normal_form, to_basic_block_normal_form
from relay_compat.passes.to_graph_normal_form import to_graph_normal_form
from relay_compat.transform import ToANormalForm, ToBasicBlockNormalForm, ToGraphNormalForm
from tensor_core.device import device
from tensor_core.diagnostics import DiagnosticError

DEEP = 10_000


def lines(expr: Any) -> list[str]:
    return re.sub(r" /\*.*?\*/", "", str(expr)).split("\n")


def test_every_value_is_bound_in_order_of_evaluation():
    x, y = relay.var("x", "float32"), relay.var("y", "float32")
    main = relay.Function([x, y], relay.add(relay.multiply(x, relay.const(2.0)), relay.Tuple([y]).fields[0]))
    assert lines(to_a_normal_form(main)) == [
        "fn (%x: float32, %y: float32) {",
        "  let %x_0 = 2f;",
        "  let %x_1 = multiply(%x, %x_0);",
        "  let %x_2 = add(%x_1, %y);",
        "  %x_2",
        "}",
    ]


def test_what_branches_share_is_bound_before_them():
    flag, y = relay.var("flag", "bool"), relay.var("y", "float32")
    shared = relay.exp(y)
    main = relay.Function([flag, y], relay.If(flag, shared, relay.abs(shared)))
    with pytest.raises(DiagnosticError, match="R2R0205"):
        check_basic_block_normal_form(main)
    block = to_basic_block_normal_form(main)
    assert lines(block)[1:] == [
        "  let %x_0 = exp(%y);",
        "  if (%flag) {",
        "    %x_0",
        "  } else {",
        "    abs(%x_0)",
        "  }",
        "}",
    ]
    assert check_basic_block_normal_form(block)


def test_branches_come_before_the_condition_as_tvm_is_built():
    y = relay.var("y", "float32")
    shared = relay.exp(y)
    main = relay.Function([y], relay.If(relay.less(y, relay.const(0.0)), shared, relay.abs(shared)))
    bound = [line.split(" = ")[1] for line in lines(to_a_normal_form(main)) if line.startswith("  let")]
    assert [re.split(r"[ (]", value)[0] for value in bound] == ["exp", "0f;", "less", "if"]


def test_a_let_inside_an_operand_joins_the_scope_around_it():
    x, v = relay.var("x", "float32"), relay.Var("v")
    main = relay.Function([x], relay.negative(relay.Let(v, relay.exp(x), v)))
    assert lines(to_a_normal_form(main))[1:-1] == [
        "  let %v = exp(%x);",
        "  let %x_0 = %v;",
        "  let %x_1 = negative(%x_0);",
        "  %x_1",
    ]


def test_graph_form_keeps_what_refers_to_itself():
    x, f = relay.var("x", "float32"), relay.Var("f")
    loop = relay.Let(f, relay.Function([x], relay.Call(f, [x])), relay.Call(f, [relay.const(1.0)]))
    y = relay.Var("y")
    main = relay.Let(y, relay.const(1.0), relay.add(y, y))
    assert Feature.fLet not in detect_feature(to_graph_normal_form(main))
    assert Feature.fLetRec in detect_feature(to_graph_normal_form(loop))


def test_passes_leave_functions_of_other_compilers():
    x = relay.var("x", "float32")
    function = relay.Function([x], relay.exp(x)).with_attr("Compiler", "other")
    mod = relay.IRModule({"main": function})
    for made in (ToANormalForm(), ToBasicBlockNormalForm()):
        assert made(mod)["main"] is function
    assert ToGraphNormalForm().info.name == "ToGraphNormalForm"


@pytest.mark.parametrize("form", [to_a_normal_form, to_basic_block_normal_form, to_graph_normal_form])
def test_depth_is_no_limit(form: Any):
    value: Any = relay.var("x", "float32")
    main = relay.Function([value], value)
    for _ in range(DEEP):
        value = relay.abs(value)
    result = form(main.replace(body=value))
    assert isinstance(result, relay.Function)


def test_a_device_ends_with_what_is_on_it():
    x = relay.var("x", "float32")
    placed = relay.annotation.on_device(relay.exp(x), device("cpu"), constrain_result=True)
    main = relay.Function([x], relay.add(placed, relay.tanh(x)))
    text = lines(to_a_normal_form(main))
    assert "  let %x_1 = tanh(%x);" in text
    assert any(line.startswith("  let %x_2 = add(") for line in text)
