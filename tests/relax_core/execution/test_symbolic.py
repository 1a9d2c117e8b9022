"""Programs over symbolic shapes: compiled once, run for several sizes; what does not fit is named."""

import numpy as np
import pytest
from relax_run import check, executors, numbers, ones

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError

SIZES = (1, 2, 3, 8)


def test_shapes_computed_from_sizes():
    body = """
    @R.function
    def main(x: R.Tensor(("n", "m"), "float32")):
        n = T.int64()
        m = T.int64()
        y = R.reshape(x, R.shape([n * m]))
        z = R.concat((y, y), axis=0)
        return (z, R.shape([n + 1, 2 * m, n // 2, m % 2, T.min(n, m), T.max(n, m) * 3]))
    """
    cases = []
    for n in SIZES:
        for m in (1, 4):
            x = numbers(n, m)
            shape = (n + 1, 2 * m, n // 2, m % 2, min(n, m), max(n, m) * 3)
            cases.append(((x,), (np.concatenate([x.ravel(), x.ravel()]), shape)))
    check(body, *cases)


def test_sizes_that_only_a_shape_or_a_scalar_says():
    body = """
    @R.function
    def main(s: R.Shape(["n", "m"]), k: R.Prim(value="k")):
        n = T.int64()
        m = T.int64()
        k = T.int64()
        a = R.full(R.shape([n, m + k]), R.const(2, "float32"), dtype="float32")
        b = R.arange(R.prim_value(0), R.prim_value(n * k), R.prim_value(1), dtype="int64")
        return (a, b, R.prim_value(n + k))
    """
    cases = [
        (((n, m), k), (np.full((n, m + k), 2, "float32"), np.arange(n * k), n + k))
        for n, m, k in [(1, 2, 3), (4, 1, 2), (2, 2, 5)]
    ]
    check(body, *cases)


def test_a_kernel_may_take_a_size_that_no_shape_has():
    body = """
    @R.function
    def main(x: R.Tensor(("n",), "float32"), s: R.Shape(["a"])) -> R.Tensor(ndim=1, dtype="float32"):
        n = T.int64()
        a = T.int64()
        y = R.strided_slice(x, (R.prim_value(0),), (R.prim_value(a),), (R.prim_value(a),), (R.prim_value(1),))
        return y
    """
    x = numbers(7)
    check(body.replace("(a),), (R.prim_value(1)", "(n),), (R.prim_value(1)"), *[((x, (a,)), x[a:]) for a in (0, 2, 5)])


def test_a_scalar_of_a_tensor_program():
    body = """
    @T.prim_func
    def part(x: T.handle, y: T.handle, first: T.int64):
        n = T.int64()
        k = T.int64()
        X = T.match_buffer(x, (n,), "float32")
        Y = T.match_buffer(y, (k,), "float32")
        for i in range(k):
            with T.block("part"):
                vi = T.axis.spatial(k, i)
                Y[vi] = X[vi + first]

    @R.function
    def main(x: R.Tensor(("n",), "float32"), s: R.Shape(["a"])):
        n = T.int64()
        a = T.int64()
        y = R.call_tir(Module.part, (x,), out_sinfo=R.Tensor((n - a,), "float32"), tir_vars=R.shape([a]))
        z = R.call_tir(Module.part, (x, R.prim_value(a + 1)), out_sinfo=R.Tensor((n - a - 1,), "float32"))
        return (y, z)
    """
    x = numbers(6)
    check(body, *[((x, (a,)), (x[a:], x[a + 1 :])) for a in (0, 1, 4)])


def test_one_kernel_for_different_sizes_within_a_function():
    body = """
    @T.prim_func
    def double(x: T.handle, y: T.handle):
        n = T.int64()
        X = T.match_buffer(x, (n,), "float32")
        Y = T.match_buffer(y, (n,), "float32")
        for i in range(n):
            with T.block("double"):
                vi = T.axis.spatial(n, i)
                Y[vi] = X[vi] * T.float32(2)

    @R.function
    def main(x: R.Tensor(("n",), "float32"), y: R.Tensor(("m",), "float32")):
        n = T.int64()
        m = T.int64()
        a = R.call_tir(Module.double, (x,), out_sinfo=R.Tensor((n,), "float32"))
        b = R.call_tir(Module.double, (y,), out_sinfo=R.Tensor((m,), "float32"))
        return R.concat((a, b, x), axis=0)
    """
    cases = [
        ((numbers(n), ones(m)), np.concatenate([numbers(n) * 2, ones(m) * 2, numbers(n)])) for n, m in [(1, 3), (4, 2)]
    ]
    check(body, *cases)


def test_shapes_that_depend_on_data():
    body = """
    @R.function
    def main(x: R.Tensor(("n",), "int64")):
        n = T.int64()
        k = T.int64()
        j = T.int64()
        u = R.unique(x)
        v = R.match_cast(u, R.Tensor((k,), "int64"))
        w = R.concat((v, v), axis=0)
        nz = R.nonzero(R.reshape(w, R.shape([2, k])))
        c = R.match_cast(nz, R.Tensor((2, j), "int64"))
        return (w, c, R.shape([n, k, 2 * k + 1, j]))
    """
    cases = []
    for data in ([3, 1, 3], [0, 0, 0, 0], [5, 4, 0, 4, 2]):
        x = np.asarray(data)
        u = np.unique(x)
        w = np.concatenate([u, u])
        c = np.stack(np.nonzero(w.reshape(2, len(u))))
        cases.append(((x,), (w, c, (len(x), len(u), 2 * len(u) + 1, c.shape[1]))))
    check(body, *cases)


def test_reshape_by_a_computed_shape():
    body = """
    @R.function
    def main(x: R.Tensor(ndim=1, dtype="float32"), t: R.Tensor((2,), "int64")):
        s = R.tensor_to_shape(t)
        y = R.reshape(x, s)
        a = T.int64()
        b = T.int64()
        z = R.match_cast(y, R.Tensor((a, b), "float32"))
        return (R.permute_dims(z), R.shape_to_tensor(R.shape([a, b])), R.shape_of(z))
    """
    cases = [
        ((numbers(a * b), np.asarray([a, b])), (numbers(a, b).T.copy(), np.asarray([a, b]), (a, b)))
        for a, b in [(1, 4), (3, 2), (5, 5)]
    ]
    check(body, *cases)


def test_operations_on_tensors_of_unknown_rank():
    body = """
    @R.function
    def main(x: R.Tensor(dtype="float32"), y: R.Tensor):
        z = R.add(x, x)
        return R.multiply(z, y)
    """
    check(body, *[((ones(*s), ones(*s)), np.asarray(ones(*s) * 2)) for s in [(), (3,), (2, 3, 1)]])


def test_a_closure_knows_the_sizes_around_it():
    body = """
    @R.function
    def main(x: R.Tensor(("n",), "float32")):
        n = T.int64()
        @R.function
        def inner(y: R.Tensor(("m",), "float32")):
            m = T.int64()
            return (R.concat((x, y), axis=0), R.shape([n * m, n + m]))
        a = inner(x)
        b = inner(a[0])
        return (a, b)
    """
    cases = []
    for n in SIZES:
        x = numbers(n)
        first = np.concatenate([x, x])
        cases.append(((x,), ((first, (n * n, 2 * n)), (np.concatenate([x, first]), (n * 2 * n, 3 * n)))))
    check(body, *cases)


@pytest.mark.parametrize(
    ("body", "args", "message"),
    [
        (
            """
            @R.function
            def main(x: R.Tensor(("n", "m"), "float32"), y: R.Tensor(("n * 2",), "float32")):
                return y
            """,
            (ones(3, 2), ones(5)),
            r"argument y has shape \(5\), expected \(n \* 2\) with n = 3",
        ),
        (
            """
            @R.function
            def main(x: R.Tensor(dtype="float32")):
                n = T.int64()
                square = R.match_cast(x, R.Tensor((n, n), "float32"))
                return square
            """,
            (ones(3, 2),),
            r"match_cast square has shape \(3, 2\), expected \(n, n\) with n = 3",
        ),
        (
            """
            @R.function
            def main(x: R.Tensor(dtype="float32")):
                n = T.int64()
                row = R.match_cast(x, R.Tensor((n,), "float32"))
                return row
            """,
            (ones(3, 2),),
            r"match_cast row has shape \(3, 2\) of ndim 2, expected \(n\) of ndim 1",
        ),
        (
            """
            @R.function
            def main(x: R.Object):
                row = R.match_cast(x, R.Tensor((2,), "float32"))
                return row
            """,
            (np.zeros(2, "int32"),),
            "match_cast row has dtype int32, expected float32",
        ),
        (
            """
            @R.function
            def main(x: R.Object):
                pair = R.match_cast(x, R.Tuple(R.Tensor((2,), "float32"), R.Shape(ndim=2)))
                return pair
            """,
            ((ones(2), (1, 2, 3)),),
            r"match_cast pair\[1\] has ndim 3, expected ndim 2",
        ),
        (
            """
            @R.function
            def main(x: R.Tensor(("n", "m"), "int32"), y: R.Object) -> R.Tensor(("m", "n"), "float32"):
                return y
            """,
            (np.zeros((1, 2), "int32"), ones(1, 2)),
            r"return value of main has shape \(1, 2\), expected \(m, n\) with m = 2, n = 1",
        ),
        (
            """
            @R.function
            def main(s: R.Shape(["n", 2]), x: R.Tensor(("n",), "float32")):
                return x
            """,
            ((4, 3), ones(4)),
            r"argument s has shape \(4, 3\), expected \(n, 2\)",
        ),
        (
            """
            @R.function
            def main(k: R.Prim("int64"), x: R.Tensor((2,), "float32")):
                return x
            """,
            (ones(2), ones(2)),
            r"argument k is a tensor of shape \(2,\), expected a scalar of dtype int64",
        ),
    ],
)
def test_what_does_not_fit_is_named(body, args, message):
    for run in executors(body):
        with pytest.raises(DiagnosticError, match=message) as caught:
            run(*args)
        (found,) = caught.value.diagnostics
        assert found.code is codes.EXECUTION_FAILED
        assert found.span is not None or "return value" in found.message


def test_a_loop_variable_may_have_the_name_of_a_size():
    body = """
    @T.prim_func
    def matmul(x: T.handle, y: T.handle, z: T.handle):
        m = T.int32()
        n = T.int32()
        k = T.int32()
        A = T.match_buffer(x, (m, n))
        B = T.match_buffer(y, (n, k))
        C = T.match_buffer(z, (m, k))
        for i, j, k in T.grid(m, k, n):
            with T.block("matmul"):
                vi, vj, vk = T.axis.remap("SSR", [i, j, k])
                with T.init():
                    C[vi, vj] = T.float32(0)
                C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]

    @R.function
    def main(x: R.Tensor(("m", "n"), "float32"), y: R.Tensor(("n", "k"), "float32")):
        m, n, k = T.int64(), T.int64(), T.int64()
        return R.call_tir(Module.matmul, (x, y), out_ty=R.Tensor((m, k), "float32"))
    """
    cases = [((numbers(m, n), numbers(n, k)), numbers(m, n) @ numbers(n, k)) for m, n, k in [(2, 3, 4), (1, 5, 2)]]
    check(body, *cases)
