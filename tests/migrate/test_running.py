"""Arguments of programs as people give them."""

import numpy as np
import pytest

import migrate
from relax_core.text.reader import read
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError

SCALED = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def scale(a: T.Buffer((T.int64(3),), "float32"), s: T.float32, b: T.Buffer((T.int64(3),), "float32")):
        for i in range(T.int64(3)):
            with T.block("x"):
                vi = T.axis.spatial(T.int64(3), i)
                b[vi] = a[vi] * s

    @R.function
    def main(x: R.Tensor((3,), "float32"), s: R.Prim("float32")) -> R.Tensor((3,), "float32"):
        cls = Module
        y = R.call_tir(cls.scale, (x, s), out_sinfo=R.Tensor((3,), "float32"))
        return y
"""
SHAPED = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((6,), "float32"), s: R.Shape(["a", "b"])) -> R.Tensor(("a", "b"), "float32"):
        a = T.int64()
        b = T.int64()
        y = R.reshape(x, s)
        return y
"""


@pytest.mark.parametrize("executor", ["backend", "interpreter"])
@pytest.mark.parametrize("factor", [2.5, np.float32(2.5), np.array(2.5), 2])
def test_scalars_are_given_as_numbers_or_arrays_of_rank_0(executor, factor):
    x = np.arange(3, dtype="float32")
    (result,) = migrate.run(read(SCALED, release="0.27"), [x, factor], executor=executor)
    np.testing.assert_array_equal(result, x * np.float32(factor))


@pytest.mark.parametrize("executor", ["backend", "interpreter"])
@pytest.mark.parametrize("shape", [(2, 3), [2, 3], np.array([2, 3])])
def test_shapes_are_given_as_their_sizes(executor, shape):
    x = np.arange(6, dtype="float32")
    (result,) = migrate.run(read(SHAPED, release="0.27"), [x, shape], executor=executor)
    np.testing.assert_array_equal(result, x.reshape(2, 3))


@pytest.mark.parametrize(
    ("script", "size", "given", "told"),
    [
        (SCALED, 3, "two", "parameter 's' is a float32, the argument is 'two'"),
        (SCALED, 3, [1.0], r"parameter 's' is a float32, the argument is an array of float64 and shape \(1,\)"),
        (SHAPED, 6, [6], "parameter 's' is a shape of 2 dimensions"),
        (SHAPED, 6, [1.5, 4], "parameter 's' is a shape of 2 dimensions, the argument is an array of float64"),
    ],
)
def test_what_does_not_fit_is_refused(script, size, given, told):
    with pytest.raises(DiagnosticError, match=told) as raised:
        migrate.run(read(script, release="0.27"), [np.zeros(size, "float32"), given])
    assert raised.value.diagnostics[0].code is codes.BAD_INPUTS
