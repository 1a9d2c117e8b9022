"""ScopeBuilder builds let chains and branches."""

import pytest

import relay_compat as relay
from relay_compat.text.printer import pretty_print


def test_lets_and_branches():
    builder = relay.ScopeBuilder()
    flag, x = relay.var("flag", "bool"), relay.var("x", "float32")
    t = builder.let(("t", relay.scalar_type("float32")), relay.exp(x))
    with builder.if_scope(flag):
        u = builder.let("u", relay.abs(t))
        builder.ret(u)
    with builder.else_scope():
        builder.ret(x)
    text = pretty_print(relay.Function([flag, x], builder.get()))
    assert text.split("\n")[1:] == [
        "  let %t: float32 = exp(%x);",
        "  if (%flag) {",
        "    let %u = abs(%t);",
        "    %u",
        "  } else {",
        "    %x",
        "  }",
        "}",
    ]


def test_steps_out_of_order():
    builder = relay.ScopeBuilder()
    with pytest.raises(RuntimeError, match="ret is not called"):
        builder.get()
    with pytest.raises(RuntimeError, match="else scope"), builder.else_scope():
        builder.ret(relay.const(1))
    with builder.if_scope(relay.const(True)):
        builder.ret(relay.const(1))
    with pytest.raises(RuntimeError, match="without else"):
        builder.get()
    with pytest.raises(RuntimeError, match="already set"):
        builder.ret(relay.const(1))


def test_type_of_an_unannotated_value_is_bound_to_it():
    builder = relay.ScopeBuilder()
    x = relay.var("x", shape=(2,))
    assert builder.type_of(x) is x.type_annotation
    unknown = builder.type_of(relay.abs(x))
    builder.ret(x)
    assert builder.get().var.type_annotation is unknown
