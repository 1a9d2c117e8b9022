"""What partial evaluation computes while it compiles, what it leaves, and that it ends."""

import re
from typing import Any

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.analysis import Feature, detect_feature
from relay_compat.interpret import evaluate
from relay_compat.prelude import Prelude
from relay_compat.transform import DeadCodeElimination, InferType, PartialEvaluate
from tensor_core.diagnostics import DiagnosticError

INT = relay.scalar_type("int32")


def evaluated(mod: Any) -> Any:
    """The module after partial evaluation, without the dead code that it leaves."""
    return DeadCodeElimination(inline_once=True)(InferType()(PartialEvaluate()(InferType()(mod))))


def bare(value: Any) -> str:
    return re.sub(r" /\*.*?\*/", "", str(value))


def test_known_recursion_runs():
    n, f = relay.Var("n", INT), relay.Var("f")
    step = relay.add(n, relay.Call(f, [relay.subtract(n, relay.const(1))]))
    total = relay.Function([n], relay.If(relay.equal(n, relay.const(0)), relay.const(0), step))
    mod = relay.IRModule({"main": relay.Function([], relay.Let(f, total, relay.Call(f, [relay.const(10)])))})
    assert bare(evaluated(mod)["main"].body) == "55"


def test_unknown_recursion_is_written_and_ends():
    mod = Prelude().mod
    _, cons, _ = mod.get_type("List")
    x = relay.var("x", relay.TypeCall(mod.get_global_type_var("List"), [INT]))
    mod["main"] = relay.Function([x], relay.Call(mod.get_global_var("length"), [cons(relay.const(1), x)]))
    main = evaluated(mod)["main"]
    calls = {call.op.name for call in _calls(main) if isinstance(call.op, relay.GlobalVar)}
    assert calls == {"length"}
    assert "add(1, " in bare(main)


def _calls(root: Any) -> list[Any]:
    found: list[Any] = []
    relay.analysis.post_order_visit(root, lambda node: found.append(node) if isinstance(node, relay.Call) else None)
    return found


def test_references_are_followed_until_something_unknown_happens():
    flag, x, r, u, g = (
        relay.var("flag", "bool"),
        relay.var("x", "int32"),
        relay.Var("r"),
        relay.Var("u"),
        relay.Var("g"),
    )
    write = relay.RefWrite(r, relay.add(x, x))
    known = relay.Function([x], relay.Let(r, relay.RefCreate(x), relay.Let(u, write, relay.RefRead(r))))
    kept = PartialEvaluate()(InferType()(relay.IRModule({"main": known})))["main"]
    assert Feature.fRefRead not in detect_feature(kept)
    branches = relay.If(flag, relay.RefWrite(r, relay.const(1)), relay.Tuple([]))
    body = relay.Let(r, relay.RefCreate(x), relay.Let(g, branches, relay.RefRead(r)))
    mod = InferType()(relay.IRModule({"main": relay.Function([flag, x], body)}))
    written = InferType()(PartialEvaluate()(mod))
    assert Feature.fRefRead in detect_feature(written["main"])
    for flag_value in (True, False):
        args = [np.array(flag_value), np.array(7, "int32")]
        assert evaluate(written, args) == evaluate(mod, args) == (1 if flag_value else 7)


def test_a_function_is_written_for_arguments_that_are_not_known():
    x, f, g = (
        relay.var("x", "float32"),
        relay.Var("f"),
        relay.var("g", relay.FuncType([relay.scalar_type("float32")], INT)),
    )
    function = relay.Function([x], relay.Call(g, [relay.exp(x)]))
    mod = relay.IRModule({"main": relay.Function([g], relay.Let(f, function, f))})
    main = InferType()(PartialEvaluate()(InferType()(mod)))["main"]
    assert main.checked_type == InferType()(mod)["main"].checked_type


def test_values_of_data_types_are_taken_apart():
    mod = Prelude().mod
    _, cons, nil = mod.get_type("List")
    x = relay.var("x", "int32")
    list_ = cons(x, cons(relay.const(2), nil()))
    mod["main"] = relay.Function([x], relay.Call(mod.get_global_var("nth"), [list_, relay.const(0)]))
    main = evaluated(mod)["main"]
    assert main.body is main.params[0]


def test_shared_values_must_be_bound_first():
    x = relay.var("x", "float32")
    shared = relay.exp(x)
    with pytest.raises(DiagnosticError, match="shared and not bound"):
        PartialEvaluate()(relay.IRModule({"main": relay.Function([x], relay.add(shared, shared))}))


def test_depth_is_no_limit():
    x = relay.var("x", "float32")
    value: Any = x
    for _ in range(10_000):
        value = relay.negative(value)
    result = PartialEvaluate()(relay.IRModule({"main": relay.Function([x], value)}))["main"]
    assert isinstance(result.body, relay.Let)
