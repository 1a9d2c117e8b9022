"""The interpreter's semantics, each against plain Python or numpy."""

import numpy as np
import pytest

from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops import interpret
from tensor_core.loops.builder import LoopBuilder, loop, sequence, store, when
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.prim import PrimExpr, Var
from tensor_core.types import TensorType


def elementwise(make, *arrays: np.ndarray) -> np.ndarray:
    b = LoopBuilder()
    tensors = [b.input(f"x{n}", TensorType(a.shape, a.dtype.name)) for n, a in enumerate(arrays)]
    func = b.finish("kernel", [b.compute(arrays[0].shape, lambda i: make(*(t[i] for t in tensors)))])
    return interpret.run(func, list(arrays))[0]


def test_integer_division_truncates_floors_and_survives_zero() -> None:
    a, b = np.array([7, -7, 7, -7, 5], "int32"), np.array([2, 2, -2, -2, 0], "int32")
    assert elementwise(prim.Div, a, b).tolist() == [3, -3, -3, 3, 0]
    assert elementwise(prim.TruncMod, a, b).tolist() == [1, -1, 1, -1, 0]
    assert elementwise(prim.FloorDiv, a, b).tolist() == [3, -4, -4, 3, 0]
    assert elementwise(prim.FloorMod, a, b).tolist() == [1, 1, -1, -1, 0]


def test_integers_wrap() -> None:
    a = np.array([127, -128], "int8")
    assert elementwise(lambda x: x + 1, a).tolist() == [-128, -127]
    assert elementwise(lambda x: x * 3, a).tolist() == [125, -128]
    assert elementwise(lambda x: x + 300, a).tolist() == [127 + 44 - 256, -128 + 44]


def test_extrema_take_the_second_operand_at_nan() -> None:
    nan = float("nan")
    a, b = np.array([nan, 1, 0.0, -0.0], "float32"), np.array([1, nan, -0.0, 0.0], "float32")
    for code in (prim.Max, prim.Min):
        got = elementwise(code, a, b)
        np.testing.assert_array_equal(got, b)
        np.testing.assert_array_equal(np.signbit(got), np.signbit(b))


def test_comparisons_are_ordered() -> None:
    nan = float("nan")
    a, b = np.array([nan, 1, 1], "float32"), np.array([nan, nan, 2], "float32")
    assert elementwise(prim.NE, a, b).tolist() == [False, False, True]
    assert elementwise(prim.EQ, a, b).tolist() == [False, False, False]


def test_casts() -> None:
    a = np.array([1.9, -1.9, 300.0, 0.0], "float32")
    assert elementwise(lambda x: x.astype("int32"), a).tolist() == [1, -1, 300, 0]
    assert elementwise(lambda x: x.astype("uint8"), a).tolist() == [1, 255, 44, 0]
    assert elementwise(lambda x: x.astype("bool"), a).tolist() == [True, True, True, False]


def test_round_goes_away_from_zero_and_nearbyint_to_even() -> None:
    a = np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.49999997], "float32")
    assert elementwise(lambda x: prim.intrinsic("round", x), a).tolist() == [1, 2, 3, -1, -3, 0]
    assert elementwise(lambda x: prim.intrinsic("nearbyint", x), a).tolist() == [0, 2, 2, 0, -2, 0]


def test_a_guard_keeps_loads_from_happening_and_a_choice_does_not() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((3,)))
    guarded = b.finish("kernel", [b.compute((5,), lambda i: prim.if_then_else(i < 3, x[i], -1.0))])
    assert interpret.run(guarded, [np.arange(3, dtype="float32")])[0].tolist() == [0, 1, 2, -1, -1]
    b = LoopBuilder()
    x = b.input("x", TensorType((3,)))
    bare = b.finish("kernel", [b.compute((5,), lambda i: prim.select(i < 3, x[i], -1.0))])
    with pytest.raises(DiagnosticError, match=r"outside \[0, 3\)") as error:
        interpret.run(bare, [np.arange(3, dtype="float32")])
    assert error.value.diagnostics[0].code is codes.EXECUTION_FAILED


def test_guards_nest_a_thousand_deep() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((1,)))
    count = 1500

    def value(i: PrimExpr) -> PrimExpr:
        result: PrimExpr = prim.const(-1.0, "float32")
        for n in range(count):
            result = prim.if_then_else(i.equal(n), x[i - n] + float(n), result)
        return result

    func = b.finish("kernel", [b.compute((count,), value)])
    assert interpret.run(func, [np.zeros(1, "float32")])[0].tolist() == list(range(count))


def reduction(combiner: Combiner, dtype: str, size: int) -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((2, size), dtype))
    return b.finish("kernel", [b.reduce((2,), (size,), lambda i, k: x[i, k], combiner)])


def test_sums_are_added_one_after_the_other_in_their_own_precision() -> None:
    for dtype in ("float32", "float16"):
        x = np.random.default_rng(0).standard_normal((2, 3000)).astype(dtype)
        expected = np.zeros(2, dtype)
        for k in range(3000):
            expected = expected + x[:, k]
        assert interpret.run(reduction(Combiner.SUM, dtype, 3000), [x])[0].tobytes() == expected.tobytes()


def test_a_maximum_forgets_nan_as_its_definition_says() -> None:
    x = np.array([[1, np.nan, 3, 2], [5, 4, np.nan, 1]], "float32")
    assert interpret.run(reduction(Combiner.MAX, "float32", 4), [x])[0].tolist() == [3, 1]


def test_truth() -> None:
    x = np.array([[True, True], [False, True]])
    assert interpret.run(reduction(Combiner.ALL, "bool", 2), [x])[0].tolist() == [True, False]
    assert interpret.run(reduction(Combiner.ANY, "bool", 2), [x])[0].tolist() == [True, True]


def test_a_large_block_is_evaluated_in_parts() -> None:
    b = LoopBuilder()
    x, y = b.input("x", TensorType((300, 7))), b.input("y", TensorType((7, 1100)))
    func = b.finish("kernel", [b.reduce((300, 1100), (7,), lambda i, j, k: x[i, k] * y[k, j], Combiner.SUM)])
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-4, 5, shape).astype("float32") for shape in ((300, 7), (7, 1100)))
    np.testing.assert_array_equal(interpret.run(func, [left, right])[0], left @ right)


def test_loops_and_branches() -> None:
    """Insertion sort."""
    b = LoopBuilder()
    x = b.input("x", TensorType((9,)))
    y = b.scratch((9,), "float32")

    def insert(i: PrimExpr):
        def shift(n: PrimExpr):
            j = i - n - 1
            smaller = y[j] > y[j + 1]
            held = b.scratch((), "float32")
            return when(smaller, sequence(store(held, [], y[j]), store(y, [j], y[j + 1]), store(y, [j + 1], held[()])))

        return sequence(store(y, [i], x[i]), loop(i, shift))

    b.emit(loop(9, insert))
    values = np.array([3, 1, 2, 9, 5, 5, 0, -1, 4], "float32")
    assert interpret.run(b.finish("sort", [y]), [values])[0].tolist() == sorted(values.tolist())


def test_symbolic_sizes_come_from_the_inputs_then_from_the_result_types() -> None:
    n, m = Var("n"), Var("m")
    b = LoopBuilder()
    x = b.input("x", TensorType((n,)))
    func = b.finish("kernel", [b.compute((n, m), lambda i, j: x[i] + j.astype("float32"))])
    (got,) = interpret.run(func, [np.zeros(2, "float32")], [TensorType((2, 3))])
    assert got.tolist() == [[0, 1, 2], [0, 1, 2]]
    with pytest.raises(DiagnosticError, match="dimension m has no value"):
        interpret.run(func, [np.zeros(2, "float32")])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], "takes 1 arrays, got 0"),
        ([np.zeros((2, 4), "float64")], "has dtype float64, expected float32"),
        ([np.zeros((2, 5), "float32")], r"has shape \(2, 5\), expected \(2, 4\)"),
        ([np.zeros((2,), "float32")], r"has shape \(2\), expected \(2, 4\)"),
    ],
)
def test_arrays_that_do_not_fit(arrays: list[np.ndarray], message: str) -> None:
    with pytest.raises(DiagnosticError, match=message):
        interpret.run(reduction(Combiner.SUM, "float32", 4), arrays)


def test_widened_kernels_compute_in_double_precision() -> None:
    b = LoopBuilder()
    x, n = b.input("x", TensorType((3,), "float16")), b.input("n", TensorType((3,), "int32"))
    y = b.compute((3,), lambda i: prim.intrinsic("exp", x[i].astype("float32")) + n[i].astype("float32") / 3.0)
    func = interpret.widened(b.finish("kernel", [b.compute((3,), lambda i: y[i].astype("float16"))]))
    assert [buffer.dtype for buffer in func.params] == ["float64", "int32", "float64"]
    values, counts = np.array([0.1, 1, 2]), np.array([1, 2, 3], "int32")
    np.testing.assert_allclose(interpret.run(func, [values, counts])[0], np.exp(values) + counts / 3, rtol=1e-15)


def test_widening_leaves_the_width_of_bits() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((3,), "float32"))
    bits = b.compute((3,), lambda i: prim.intrinsic("reinterpret", x[i], dtype="int32") + 1, name="bits")
    func = b.finish("kernel", [b.compute((3,), lambda i: prim.intrinsic("reinterpret", bits[i], dtype="float32"))])
    wide = interpret.run(interpret.widened(func), [np.array([1.0, 2.0, 0.5])])[0]
    assert wide.dtype == np.float64
    np.testing.assert_array_equal(wide, np.nextafter(np.array([1.0, 2.0, 0.5], "float32"), np.float32(9)))
