"""LambdaLift: what is lifted computes what it computed, under TVM's names."""

import numpy as np
import pytest
from relax_run import module, numbers, ones, same

from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Function, VarBinding
from relax_core.passes.lambda_lift import LambdaLift
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError

TENSOR = 'R.Tensor((2,), "float32")'


def lifted(body: str, *args: object) -> list[str]:
    """The names of the functions after lifting; the result for the arguments has to stay."""
    before = module(body.replace("TENSOR", TENSOR))
    after = LambdaLift()(before)
    assert not check(after)
    for function in after.functions.values():
        assert isinstance(function, Function)
        values = [
            item.value for block in function.body.blocks for item in block.bindings if isinstance(item, VarBinding)
        ]
        assert not any(isinstance(value, Function) for value in values)
    same(evaluate(after, args), evaluate(before, args))
    return sorted(var.name for var in after)


def test_closures_within_closures():
    body = """
    @R.function
    def main(x: TENSOR):
        @R.function
        def outer(y: TENSOR):
            @R.function
            def inner(z: TENSOR) -> TENSOR:
                a = R.add(x, y)
                return R.multiply(a, z)
            b = inner(y)
            return R.add(b, x)
        c = outer(x)
        return outer(c)
    """
    assert lifted(body, numbers(2)) == ["main", "main_inner", "main_outer"]


def test_a_recursive_closure():
    body = """
    @R.function
    def main(n: R.Tensor((), "int64"), step: R.Tensor((), "int64")):
        @R.function
        def sum(k: R.Tensor((), "int64")) -> R.Tensor((), "int64"):
            done = R.less_equal(k, R.const(0, "int64"))
            if done:
                r = R.const(0, "int64")
            else:
                m = R.subtract(k, step)
                rest = sum(m)
                r = R.add(k, rest)
            return r
        return sum(n)
    """
    assert lifted(body, np.asarray(7), np.asarray(2)) == ["main", "main_sum"]


def test_functions_that_a_function_answers():
    body = """
    @R.function
    def main(x: TENSOR, y: TENSOR):
        @R.function
        def choose(c: R.Tensor((), "bool")) -> R.Callable((TENSOR,), TENSOR, True):
            @R.function
            def plus(z: TENSOR) -> TENSOR:
                return R.add(z, x)
            return plus
        f = choose(R.const(True, "bool"))
        return f(y)
    """
    assert lifted(body, numbers(2), ones(2)) == ["main", "main_choose", "main_plus"]


def test_symbolic_shapes_of_the_function_around():
    body = """
    @R.function
    def main(x: R.Tensor(("n",), "float32")):
        n = T.int64()
        @R.function
        def inner(y: R.Tensor(("n",), "float32")):
            return R.add(x, y)
        return inner(x)
    """
    assert lifted(body, numbers(3)) == ["main", "main_inner"]


def test_names_that_are_taken():
    body = """
    @R.function(private=True)
    def main_f(x: TENSOR):
        return x

    @R.function
    def main(x: TENSOR):
        @R.function
        def f(y: TENSOR):
            return R.add(y, y)
        @R.function
        def g(y: TENSOR):
            @R.function
            def f(z: TENSOR):
                return R.multiply(z, z)
            return f(y)
        a = Module.main_f(x)
        b = f(a)
        return g(b)
    """
    assert lifted(body, numbers(2)) == ["main", "main_f", "main_f_0", "main_g", "main_g_f"]


def test_a_global_symbol_is_kept_and_must_be_free():
    body = """
    @R.function
    def main(x: TENSOR):
        @R.function
        def f(y: TENSOR):
            R.func_attr({"global_symbol": "NAME"})
            return R.add(y, y)
        return f(x)
    """
    assert lifted(body.replace("NAME", "public"), numbers(2)) == ["main", "public"]
    with pytest.raises(DiagnosticError, match="main, which is taken") as caught:
        lifted(body.replace("NAME", "main"), numbers(2))
    assert caught.value.diagnostics[0].code is codes.ILL_FORMED


def test_a_module_without_local_functions_is_itself():
    given = module(f"@R.function\ndef main(x: {TENSOR}):\n    return R.add(x, x)")
    assert LambdaLift()(given) is given


def test_a_call_of_an_effect_stays_one():
    body = f"""
    @R.function(pure=False)
    def main(x: {TENSOR}):
        @R.function(pure=False)
        def show(y: {TENSOR}) -> {TENSOR}:
            _ = R.print(y, format="{{}}")
            return R.add(y, x)
        return show(x)
    """
    after = LambdaLift()(module(body))
    function = after["main"]
    assert isinstance(function, Function)
    call = function.body.blocks[-1].bindings[-1].value
    assert isinstance(call, Call)
