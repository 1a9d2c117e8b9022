"""Passes over the functions of a module: eta expansion, lambda lifting, removal of unused ones."""

import re
from typing import Any

import pytest

import relay_compat as relay
from relay_compat.prelude import Prelude
from relay_compat.transform import EtaExpand, InferType, LambdaLift, RemoveUnusedFunctions
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError


def bare(value: Any) -> str:
    return re.sub(r" /\*.*?\*/|lifted_name\d+", "", str(value))


def test_constructors_as_values_become_functions_and_calls_of_them_stay():
    mod = Prelude().mod
    _, cons, nil = mod.get_type("List")
    mod["main"] = relay.Function(
        [], relay.Call(mod.get_global_var("foldr"), [cons, nil(), cons(relay.const(1), nil())])
    )
    main = InferType()(EtaExpand(expand_constructor=True)(InferType()(mod)))["main"]
    function, empty, list_ = main.body.args
    assert isinstance(function, relay.Function)
    assert [empty.op, list_.op] == [nil, cons]
    with pytest.raises(DiagnosticError, match="R2R0205"):
        EtaExpand()(mod)


def test_what_a_closure_uses_is_passed_to_the_function_that_makes_it():
    x, y = relay.var("x", shape=(2,)), relay.var("y", shape=(2,))
    mod = relay.IRModule({"main": relay.Function([y], relay.Function([x], relay.add(x, y)))})
    lifted = LambdaLift()(InferType()(mod))
    (name,) = [var for var in lifted if var.name != "main"]
    assert lifted["main"].body.op is name
    assert lifted[name].attrs["Closure"] == 1
    assert lifted[name].ret_type == lifted["main"].ret_type
    assert "free_var %y" in bare(lifted[name].body)
    assert not relay.analysis.free_vars(lifted[name])


def test_a_function_that_calls_itself_calls_the_lifted_one():
    n, f, k = relay.var("n", "int32"), relay.Var("f"), relay.var("k", "int32")
    again = relay.Call(f, [relay.subtract(n, k)])
    loop = relay.Function([n], relay.If(relay.less(n, k), n, again))
    mod = relay.IRModule({"main": relay.Function([k], relay.Let(f, loop, relay.Call(f, [k])))})
    lifted = LambdaLift()(InferType()(mod))
    (name,) = [var for var in lifted if var.name != "main"]
    (param,) = lifted[name].params
    recursive = lifted[name].body.body.false_branch
    assert recursive.op.op is name
    assert recursive.op.args == (param,)


def test_equal_functions_are_lifted_once():
    x = relay.var("x", shape=(2,))
    make = lambda: relay.Function([v := relay.var("v", shape=(2,))], relay.exp(v))  # noqa: E731
    mod = relay.IRModule({"main": relay.Function([x], relay.add(make()(x), make()(x)))})
    assert len(LambdaLift()(InferType()(mod)).functions) == 2


def test_only_what_entries_refer_to_stays():
    mod = Prelude().mod
    mod["one"] = relay.Function([], mod.get_global_var("id"))
    mod["two"] = relay.Function([], mod.get_global_var("rev"))
    kept = RemoveUnusedFunctions(["one", "two"])(mod)
    assert {var.name for var in kept} == {"one", "two", "id", "rev", "foldl", "flip"}
    assert len(mod.functions) == 242
    with pytest.raises(DiagnosticError, match="R2R0603"):
        RemoveUnusedFunctions()(mod)


def test_no_function_stays_inside_of_another():
    x, f = relay.var("x", "float32"), relay.var("f")
    inner = relay.Function([y := relay.var("y", "float32")], relay.add(x, y))
    main = relay.Function([x], relay.Let(f, inner, relay.Call(f, [x])))
    lifted = LambdaLift()(InferType()(relay.IRModule({"main": main})))
    assert not any(isinstance(node, relay.Function) for node in reachable(lifted["main"].body))
    assert len(lifted.functions) == 2
