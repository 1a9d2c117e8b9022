"""Function values, recursion, external functions, scalars and strings as values, tensor programs called directly."""

from typing import Any

import numpy as np
import pytest
from relax_run import check, executors, numbers, ones

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.global_functions import register_func, remove_global_func
from tensor_core.ndarray import NDArray


@pytest.fixture
def external():
    """Registers Python functions for one test."""
    names: list[str] = []

    def add(name: str, function: Any) -> None:
        register_func(name, function, override=True)
        names.append(name)

    yield add
    for name in names:
        remove_global_func(name)


def test_closures_capture_and_are_returned():
    body = """
    @R.function
    def main(x: R.Tensor((2,), "float32"), c: R.Tensor((), "bool")):
        @R.function
        def outer(y: R.Tensor((2,), "float32")):
            @R.function
            def inner(z: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
                a = R.add(x, y)
                return R.multiply(a, z)
            return inner
        f = outer(R.const([1, 2], "float32"))
        g = outer(x)
        if c:
            h = f
        else:
            h = g
        return (f(x), g(x), h(x))
    """
    x = numbers(2)
    f, g = (x + np.asarray([1, 2], "float32")) * x, (x + x) * x
    check(body, *[((x, np.asarray(c)), (f, g, f if c else g)) for c in (True, False)])


def test_local_and_mutual_recursion():
    body = """
    @R.function
    def even(n: R.Tensor((), "int64")) -> R.Tensor((), "bool"):
        done = R.equal(n, R.const(0, "int64"))
        if done:
            r = R.const(True, "bool")
        else:
            m = R.subtract(n, R.const(1, "int64"))
            r = Module.odd(m)
        return r

    @R.function
    def odd(n: R.Tensor((), "int64")) -> R.Tensor((), "bool"):
        done = R.equal(n, R.const(0, "int64"))
        if done:
            r = R.const(False, "bool")
        else:
            m = R.subtract(n, R.const(1, "int64"))
            r = Module.even(m)
        return r

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
        return (Module.even(n), sum(n))
    """
    cases = [
        ((np.asarray(n), np.asarray(s)), (np.asarray(n % 2 == 0), np.asarray(sum(range(n, 0, -s)))))
        for n, s in [(0, 1), (5, 1), (8, 3)]
    ]
    check(body, *cases)


def test_functions_are_arguments_and_are_bound_to_arguments():
    body = """
    @R.function
    def f(a: R.Tensor((2,), "float32"), b: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
        return R.subtract(a, b)

    @R.function
    def twice(
        g: R.Callable((R.Tensor((2,), "float32"),), R.Tensor((2,), "float32"), True),
        x: R.Tensor((2,), "float32"),
    ):
        return g(g(x))

    @R.function
    def main(x: R.Tensor((2,), "float32"), y: R.Tensor((2,), "float32")):
        clo = R.make_closure(Module.f, (x,))
        a = R.invoke_pure_closure(clo, (y,), ty_args=(R.Tensor((2,), "float32"),))
        @R.function
        def add(z: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
            return R.add(z, y)
        b = Module.twice(add, x)
        return (a, b)
    """
    x, y = numbers(2), ones(2) * 3
    check(body, ((x, y), (y - x, x + y + y)))


def test_external_functions(external):
    seen: list[Any] = []

    def look(*args: Any) -> Any:
        seen.append(args)
        assert isinstance(args[0], NDArray)
        assert args[3](np.ones(2, "float32")).numpy().tolist() == [2, 3]
        return args[0].numpy() * 2, args[1]

    def fill(x: Any, out: Any) -> None:
        out[:] = np.repeat(x, 2)

    external("test.look", look)
    external("test.fill", fill)
    external("test.bump", lambda x: x.__iadd__(1))
    body = """
    @R.function(pure=False)
    def main(x: R.Tensor(("n",), "float32")):
        n = T.int64()
        @R.function
        def add(z: R.Tensor(("n",), "float32")) -> R.Tensor(("n",), "float32"):
            return R.add(z, x)
        t = R.call_packed(
            "test.look", x, (x, R.shape([n, 2])), R.str("text"), add, R.prim_value(n + 1), R.dtype("int32"),
            ty_args=(R.Tuple(R.Tensor((n,), "float32"), R.Object),),
        )
        y = t[0]
        z = R.call_dps_packed("test.fill", (y,), out_ty=R.Tensor((2 * n,), "float32"))
        s = R.call_pure_packed("vm.builtin.shape_of", z, ty_args=(R.Shape(ndim=1),))
        _ = R.call_packed("test.bump", z, ty_args=(R.Tensor((2 * n,), "float32"),))
        return (z, s)
    """
    x = numbers(2) + 1
    expected = np.asarray([2, 2, 4, 4], "float32") + 1
    for run in executors(body):
        z, shape = run(x)
        np.testing.assert_array_equal(z, expected)
        assert shape == (4,)
        first, pair, text, _, number, dtype = seen.pop()
        np.testing.assert_array_equal(first, x)
        assert pair[1] == (2, 2)
        assert (text, number, dtype) == ("text", 3, "int32")


def test_an_unknown_external_function_is_named():
    body = """
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        return R.call_pure_packed("no.such.function", x, ty_args=(R.Tensor((2,), "float32"),))
    """
    for run in executors(body):
        with pytest.raises(DiagnosticError, match=r"no external function no\.such\.function") as caught:
            run(ones(2))
        assert caught.value.diagnostics[0].code is codes.NO_SUCH_FUNCTION


def test_a_tensor_program_called_directly_writes_into_its_last_argument():
    body = """
    @T.prim_func
    def double(x: T.Buffer((3,), "float32"), y: T.Buffer((3,), "float32")):
        for i in range(3):
            with T.block("double"):
                vi = T.axis.spatial(3, i)
                y[vi] = x[vi] * T.float32(2)

    @R.function(pure=False)
    def main(x: R.Tensor((3,), "float32")):
        y = R.builtin.alloc_tensor(R.shape([3]), R.dtype("float32"), R.prim_value(0))
        _ = Module.double(x, y)
        _1 = Module.double(y, x)
        return (x, y)
    """
    for run in executors(body):
        x = numbers(3)
        again, y = run(x)
        assert again is x
        np.testing.assert_array_equal(y, numbers(3) * 2)
        np.testing.assert_array_equal(x, numbers(3) * 4)


def test_assertions_and_branches_on_sizes():
    body = """
    @R.function(pure=False)
    def main(x: R.Tensor(("n",), "float32"), c: R.Tensor((), "bool")):
        n = T.int64()
        _ = R.assert_op(c, R.prim_value(n), format=R.str("size {}"))
        return R.add(x, x)
    """
    for run in executors(body):
        np.testing.assert_array_equal(run(ones(2), np.asarray(True)), ones(2) * 2)
        with pytest.raises(DiagnosticError) as caught:
            run(ones(2), np.asarray(False))
        assert caught.value.diagnostics[0].code is codes.EXECUTION_FAILED


IN_PLACE = """
@T.prim_func
def mixed(a: T.handle, b: T.handle, c: T.handle, d: T.handle):
    n = T.int64()
    A = T.match_buffer(a, (n,), "float32")
    B = T.match_buffer(b, (n,), "float32")
    C = T.match_buffer(c, (n,), "float32")
    D = T.match_buffer(d, (n,), "float32")
    for i in range(n):
        with T.block("mixed"):
            vi = T.axis.spatial(n, i)
            A[vi] = A[vi] + B[vi]
            D[vi] = A[vi] * C[vi]

@R.function
def main(x: R.Tensor(("n",), "float32"), y: R.Tensor(("n",), "float32"), z: R.Tensor(("n",), "float32")):
    n = T.int64()
    r = R.call_tir_inplace(
        Module.mixed, (x, y, z), [0, -1],
        out_ty=[R.Tensor((n,), "float32"), R.Tensor((n,), "float32")],
    )
    return r
"""


def test_results_in_the_place_of_arguments():
    for run in executors(IN_PLACE):
        for n in (1, 4):
            x, y, z = numbers(n), ones(n), ones(n) * 3
            first, second = run(x, y, z)
            assert first is x
            np.testing.assert_array_equal(x, numbers(n) + 1)
            np.testing.assert_array_equal(second, (numbers(n) + 1) * 3)
