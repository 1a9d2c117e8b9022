"""LiftTransformParams, BundleModelParams: what is computed once and what each run; results stay."""

from typing import Any

import numpy as np
import pytest
from relax_run import module, numbers, ones, same

from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, ExternFunc, Function, SeqExpr, VarBinding
from relax_core.passes.bundle_model_params import BundleModelParams
from relax_core.passes.lift_transform_params import CONSUME, LiftTransformParams
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import PassContext


def bindings(given: Any, name: str) -> list[Any]:
    function = given[name]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    return [binding for block in function.body.blocks for binding in block.bindings]


def bound(given: Any, name: str) -> list[str]:
    """The names that a function binds, in order."""
    return [binding.var.name for binding in bindings(given, name)]


def params(given: Any, name: str) -> list[str]:
    return [param.name for param in given[name].params]


BODY = """
@R.function
def main(x: R.Tensor(("n", 4), "float32"), w: R.Tensor((4, 3), "float32"), b: R.Tensor((3,), "float32")):
    n = T.int64()
    R.func_attr({"num_input": 1})
    with R.dataflow():
        zero = R.zeros(R.shape([4, 3]), "float32")
        a = R.add(w, zero)
        c = R.multiply(a, a)
        d = R.builtin.stop_lift_params(c)
        e = R.exp(d)
        y = R.matmul(x, e)
        z = R.add(y, b)
        R.output(z)
    return z
"""


def test_what_depends_on_weights_is_computed_once():
    before = module(BODY)
    after = LiftTransformParams()(before)
    assert not check(after)
    assert bound(after, "main_transform_params") == ["zero", "w", "a", "c", "b", "output_tuple"]
    assert params(after, "main") == ["x", "b", "c"]
    assert bound(after, "main") == ["zero", "e", "y", "z"]
    x, w, b = numbers(2, 4), numbers(4, 3) / 8, ones(3)
    transformed = evaluate(after, [(w, b)], "main_transform_params")
    same(evaluate(after, [x, *transformed]), evaluate(before, [x, w, b]))


def test_a_second_round_changes_nothing():
    body = BODY.replace("R.builtin.stop_lift_params(c)", "R.multiply(c, R.sum(x))")
    before = module(body)
    once = LiftTransformParams()(before)
    twice = LiftTransformParams()(once)
    assert params(twice, "main") == params(once, "main") == ["x", "b", "c"]
    x, w, b = numbers(2, 4), numbers(4, 3) / 8, ones(3)
    transformed = evaluate(twice, [(w, b)], "main_transform_params")
    same(evaluate(twice, [x, *transformed]), evaluate(before, [x, w, b]))


def test_symbolic_variables_of_weights_are_passed_on():
    before = module("""
    @R.function
    def main(x: R.Tensor((4,), "float32"), w: R.Tensor(("m",), "float32")):
        m = T.int64()
        R.func_attr({"num_input": 1})
        with R.dataflow():
            a = R.sum(w)
            b = R.full(R.shape([m]), R.const(2, "float32"), dtype="float32")
            c = R.sum(b)
            d = R.add(x, c)
            e = R.add(d, a)
            f = R.reshape(e, R.shape([2, 2]))
            g = R.concat((e, R.zeros(R.shape([m]), "float32")), axis=0)
            R.output(f, g)
        return (f, g)
    """)
    after = LiftTransformParams()(before)
    assert not check(after)
    x, w = numbers(4), numbers(3)
    transformed = evaluate(after, [(w,)], "main_transform_params")
    same(evaluate(after, [x, *transformed]), evaluate(before, [x, w]))


SHARED = """
@R.function
def first(x: R.Tensor((2,), "float32"), w: R.Tensor((2,), "float32"), v: R.Tensor((2,), "float32")):
    R.func_attr({"num_input": 1})
    with R.dataflow():
        a = R.multiply(w, w)
        b = R.multiply(v, v)
        y = R.add(x, a)
        z = R.add(y, b)
        R.output(z)
    return z

@R.function
def second(x: R.Tensor((2,), "float32"), p: R.Tensor((2,), "float32"), q: R.Tensor((2,), "float32")):
    R.func_attr({"num_input": 1})
    with R.dataflow():
        s = R.multiply(p, p)
        t = R.exp(q)
        y = R.add(x, s)
        z = R.add(y, t)
        R.output(z)
    return z
"""


@pytest.mark.parametrize("which", [True, ["first", "second"]])
def test_functions_share_what_they_all_compute(which):
    before = module(SHARED)
    after = LiftTransformParams(which)(before)
    assert not check(after)
    assert sorted(var.name for var in after) == ["first", "second", "transform_params"]
    x, w, v = numbers(2), numbers(2) + 1, numbers(2) - 1
    transformed = evaluate(after, [(w, v)], "transform_params")
    assert len(transformed) == 2
    for name in ("first", "second"):
        same(evaluate(after, [x, *transformed], name), evaluate(before, [x, w, v], name))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('q: R.Tensor((2,), "float32")', 'q: R.Tensor((1,), "float32")'), "weight q is"),
        ((', q: R.Tensor((2,), "float32")', ""), "2 and 1 weights"),
        (('"num_input": 1', '"other": 1'), "does not say num_input"),
    ],
)
def test_weights_that_cannot_be_shared(change, message):
    given = module(SHARED.replace(*change).replace("R.exp(q)", "R.exp(p)"))
    with pytest.raises(DiagnosticError, match=message) as caught:
        LiftTransformParams(["first", "second"])(given)
    assert caught.value.diagnostics[0].code is codes.BAD_OPTION


def test_weights_are_released_after_use():
    with PassContext(config={CONSUME: True}):
        after = LiftTransformParams()(module(BODY))
    calls = [item.value for item in bindings(after, "main_transform_params") if isinstance(item, VarBinding)]
    resets = [call for call in calls if isinstance(call, Call) and isinstance(call.args[0], ExternFunc)]
    assert len(resets) == 2


def test_weights_become_a_tuple():
    before = module(BODY)
    after = BundleModelParams("weights")(before)
    assert not check(after)
    assert params(after, "main") == ["x", "weights"]
    assert bound(after, "main")[:2] == ["zero", "w"]
    x, w, b = numbers(2, 4), numbers(4, 3) / 8, ones(3)
    same(evaluate(after, [x, (w, b)]), evaluate(before, [x, w, b]))
    with pytest.raises(DiagnosticError, match="of which 7"):
        BundleModelParams()(module(BODY.replace('"num_input": 1', '"num_input": 7')))


def test_a_module_without_weights_is_itself():
    given = module('@R.function\ndef main(x: R.Tensor((2,), "float32")):\n    return R.add(x, x)')
    assert LiftTransformParams()(given) is given
    assert BundleModelParams()(given) is given
    assert np.array_equal(evaluate(given, [ones(2)]), ones(2) * 2)


def test_results_of_weights_alone_are_answered():
    given = module("""
    @R.function
    def main(c: R.Tensor((), "bool"), w: R.Tensor((3,), "float32")) -> R.Tensor((3,), "float32"):
        R.func_attr({"num_input": 1})
        with R.dataflow():
            double = R.add(w, w)
            R.output(double)
        if c:
            with R.dataflow():
                square = R.multiply(double, double)
                R.output(square)
            chosen = square
        else:
            chosen = double
        return chosen
""")
    after = LiftTransformParams()(given)
    assert check(after) == []
    weights = (np.asarray([1, 2, 3], "float32"),)
    transformed = evaluate(after, [weights], "main_transform_params")
    for condition, expected in ((True, [4, 16, 36]), (False, [2, 4, 6])):
        assert evaluate(after, [np.asarray(condition), *transformed]).tolist() == expected
