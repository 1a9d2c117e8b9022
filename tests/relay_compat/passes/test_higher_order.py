"""Continuation-passing form and defunctionalization keep what programs compute."""

from typing import Any

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.interpret import evaluate
from relay_compat.prelude import Prelude
from relay_compat.testing import run_infer_type
from relay_compat.transform import Defunctionalization, InferType, ToCPS, UnCPS, to_cps, un_cps
from tensor_core.diagnostics import DiagnosticError

X = np.array(3.0, "float32")


def branching() -> Any:
    """A program with branches, references and a function that is called."""
    x, r, u, f, v = relay.var("x", "float32"), relay.Var("r"), relay.Var("u"), relay.Var("f"), relay.var("v", "float32")
    write = relay.If(relay.less(x, relay.const(2.0)), relay.RefWrite(r, x), relay.RefWrite(r, relay.exp(x)))
    body = relay.Let(u, write, relay.add(relay.Call(f, [relay.RefRead(r)]), x))
    body = relay.Let(r, relay.RefCreate(x), relay.Let(f, relay.Function([v], relay.negative(v)), body))
    return run_infer_type(relay.Function([x], body))


@pytest.mark.parametrize("value", [1.0, 3.0])
def test_continuations_and_back_compute_the_same(value: float):
    main = branching()
    converted: Any = run_infer_type(to_cps(main))
    assert len(converted.params) == 2
    assert [param.name for param in converted.type_params] == ["answer"]
    back = InferType()(relay.IRModule({"main": un_cps(converted)}))
    args = [np.array(value, "float32")]
    want = evaluate(relay.IRModule({"main": main}), args)
    np.testing.assert_array_equal(evaluate(back, args), want)


def test_functions_that_are_called_get_twins():
    mod = Prelude().mod
    x = relay.var("x", relay.TensorType((), "int32"))
    double = relay.Function([y := relay.var("y", "int32")], relay.add(y, y))
    mod["main"] = relay.Function([x], relay.Call(mod.get_global_var("iterate"), [double, relay.const(3)])(x))
    mod = InferType()(mod)
    mod["main"] = to_cps(mod["main"], mod)
    assert {"iterate_cps", "compose_cps", "id_cps"} <= {var.name for var in mod}
    mod = InferType()(mod)
    mod["main"] = un_cps(mod["main"])
    assert evaluate(InferType()(mod), [np.array(5, "int32")]) == 40


def test_shared_values_must_be_bound_first():
    x = relay.var("x", "float32")
    shared = relay.exp(x)
    with pytest.raises(DiagnosticError, match="shared and not bound"):
        to_cps(run_infer_type(relay.Function([x], relay.add(shared, shared))))


def test_as_passes():
    mod = UnCPS()(ToCPS()(relay.IRModule({"main": branching()})))
    assert evaluate(mod, [X]) == evaluate(relay.IRModule({"main": branching()}), [X])


def test_functions_as_arguments_become_data():
    mod = Prelude().mod
    _, cons, nil = mod.get_type("List")
    k, v = relay.var("k", "int32"), relay.var("v", "int32")
    plus = relay.Function([v], relay.add(v, k))
    pairs = relay.Call(mod.get_global_var("map"), [plus, cons(relay.const(1), cons(relay.const(2), nil()))])
    fold = relay.Function([a := relay.var("a", "int32"), b := relay.var("b", "int32")], relay.subtract(a, b))
    mod["main"] = relay.Function([k], relay.Call(mod.get_global_var("foldl"), [fold, k, pairs]))
    mod = InferType()(mod)
    want = evaluate(mod, [np.array(10, "int32")])
    mod["main"] = Defunctionalization(mod["main"], mod)
    names = {var.name for var in mod}
    assert {"foldlFuncType", "mapFuncType", "applyFuncType", "applyFuncType1"} <= names
    assert evaluate(InferType()(mod), [np.array(10, "int32")]) == want == -13


def test_what_cannot_be_made_first_order_is_refused():
    f = relay.var("f", relay.FuncType([relay.scalar_type("int32")], relay.scalar_type("int32")))
    taking = run_infer_type(relay.Function([f], relay.Call(f, [relay.const(1)])))
    with pytest.raises(DiagnosticError, match="takes functions"):
        Defunctionalization(taking, relay.IRModule())
    mod = Prelude().mod
    double = relay.Function([y := relay.var("y", "int32")], relay.add(y, y))
    mod["main"] = relay.Function(
        [], relay.Call(mod.get_global_var("iterate"), [double, relay.const(3)])(relay.const(1))
    )
    mod = InferType()(mod)
    with pytest.raises(DiagnosticError, match="@iterate gives functions"):
        Defunctionalization(mod["main"], mod)
