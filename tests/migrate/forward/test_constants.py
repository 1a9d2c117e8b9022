"""Large constants are parameters, also of functions that others call; their arrays belong to the module by name."""

import numpy as np
import pytest

import migrate
from relax_core.ir.expr import Constant as RelaxConstant
from relax_core.ir.expr import Function as RelaxFunction
from relay_compat import op
from relay_compat.ir.expr import Call, Constant, Function, GlobalVar, Var
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType
from tensor_core.node import Node, post_order
from tensor_core.types import TensorType

TYPE = TensorType((20, 20), "float32")
ONE, TWO = (np.random.default_rng(seed).random((20, 20), "float32") for seed in (1, 2))


def function(name: str, body, **attrs) -> Function:
    var = Var(name, TYPE)
    return Function((var,), body(var), TYPE, attrs=attrs)


def module() -> tuple[IRModule, np.ndarray]:
    """@main calls @outer, which calls @inner, and a literal; one constant is in several of them."""
    one, two = Constant(ONE), Constant(TWO)
    inner, outer = GlobalVar("inner"), GlobalVar("outer")
    made = IRModule()
    made[inner] = function("a", lambda a: op.multiply(a, one))
    made[outer] = function("b", lambda b: op.add(Call(inner, (b,)), two))
    literal = function("c", lambda c: op.subtract(c, two))
    made["main"] = function("x", lambda x: Call(literal, (op.add(Call(outer, (x,)), one),)))
    return made, ONE * ONE + TWO + ONE - TWO


@pytest.mark.parametrize("target", ["0.27", "portable"])
def test_callers_hand_on_what_callees_need(target: str):
    source, want = module()
    result = migrate.convert(source, target)
    assert set(map(tuple, [result.module.params])) == {("const_0", "const_1")}
    assert set(result.report.lifted) == {"const_0", "const_1"}
    for executor in ("backend", "interpreter"):
        (got,) = migrate.run(result.module, {"x": ONE}, executor=executor)
        np.testing.assert_allclose(got, want, rtol=1e-6)
    assert len(result.script()) < 3000
    assert migrate.verify(source, result.module, prove=False)


def test_every_function_has_its_own_after_the_arguments():
    source, _ = module()
    converted = migrate.convert(source).module
    shapes = {var.name: [param.name for param in converted[var].params] for var in converted.functions}
    assert shapes["inner"] == ["a", "const_0"]
    assert shapes["main_fn"] == ["c", "const_1"]
    assert sorted(shapes["outer"][1:]) == sorted(shapes["main"][1:]) == ["const_0", "const_1"]
    assert converted["outer"].attrs["num_input"] == 1


def test_functions_for_code_generators_keep_their_constants():
    external = GlobalVar("ext")
    made = IRModule()
    made[external] = function("a", lambda a: op.add(a, Constant(ONE)), Compiler="dnnl", global_symbol="ext")
    made["main"] = function("x", lambda x: Call(external, (x,)))
    converted = migrate.convert(made).module
    assert not converted.params
    inside = converted["ext"]
    assert isinstance(inside, RelaxFunction)
    assert any(isinstance(node, RelaxConstant) for node in post_order((inside,), Node.iter_children))


def test_functions_that_call_each_other_hand_on_the_same():
    even, odd = GlobalVar("even"), GlobalVar("odd")
    made = IRModule()
    made[even] = function("a", lambda a: op.multiply(Call(odd, (a,)), Constant(ONE)))
    made[odd] = function("b", lambda b: op.add(Call(even, (b,)), Constant(TWO)))
    made["main"] = function("x", lambda x: Call(even, (x,)))
    converted = migrate.convert(made).module
    assert {var.name: len(converted[var].params) for var in converted.functions} == {"even": 3, "odd": 3, "main": 3}


def test_a_function_that_is_only_used_as_a_value_gets_its_constants_with_the_closure():
    scale, apply = GlobalVar("scale"), GlobalVar("apply")
    taken = Var("g", FuncType((TYPE,), TYPE))
    made = IRModule()
    made[scale] = function("a", lambda a: op.multiply(a, Constant(TWO)))
    made[apply] = Function((taken, x := Var("x", TYPE)), Call(taken, (x,)), TYPE)
    made["main"] = function("y", lambda y: Call(apply, (scale, y)))
    converted = migrate.convert(made).module
    for executor in ("backend", "interpreter"):
        (got,) = migrate.run(converted, {"y": ONE}, executor=executor)
        np.testing.assert_array_equal(got, ONE * TWO)
