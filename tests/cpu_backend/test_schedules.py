"""Shapes that steer the schedule into each of its cases: tails, overlaps, tiles, lanes along a reduction, merging."""

import numpy as np
import pytest
from native import run as run_native

from cpu_backend.jit import Options, module_text
from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.prim import Var
from tensor_core.types import TensorType

SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 47, 49, 65, 100)


def integers(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(3).integers(-4, 5, shape).astype(dtype)


def matmul(m: int, n: int, k: int, transposed: bool, dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    x, y = b.input("x", TensorType((m, k), dtype)), b.input("y", TensorType((n, k) if transposed else (k, n), dtype))
    total = b.reduce(
        (m, n), (k,), lambda i, j, r: x[i, r] * (y[j, r] if transposed else y[r, j]), Combiner.SUM, name="total"
    )
    return b.finish("matmul", [total])


@pytest.mark.parametrize("size", SIZES)
def test_matmul_of_every_remainder(size: int) -> None:
    for m, n, k in ((size, 33, 5), (5, size, 7), (3, 17, size)):
        for transposed in (False, True):
            x, y = integers(m, k), integers(*((n, k) if transposed else (k, n)))
            (got,) = run_native(matmul(m, n, k, transposed), [x, y])
            np.testing.assert_array_equal(got, x @ (y.T if transposed else y))


@pytest.mark.parametrize("combiner", [Combiner.SUM, Combiner.PROD, Combiner.MAX, Combiner.MIN], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8", "int64", "float16"])
@pytest.mark.parametrize("size", [1, 5, 16, 37, 130])
def test_reduction_along_the_last_axis(size: int, dtype: str, combiner: Combiner) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((3, size), dtype))
    func = b.finish("kernel", [b.reduce((3,), (size,), lambda i, k: x[i, k], combiner, init=1)])
    values = np.ones((3, size), np.int64) if combiner is Combiner.PROD else np.arange(3 * size).reshape(3, size) % 9
    inputs = [values.astype(dtype)]
    for options in (Options(), Options(strict=True)):
        np.testing.assert_array_equal(run_native(func, inputs, options)[0], run(func, inputs)[0])


def test_strict_order_is_the_interpreters() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((2, 1000)))
    func = b.finish("kernel", [b.reduce((2,), (1000,), lambda i, k: x[i, k], Combiner.SUM)])
    inputs = [np.random.default_rng(0).standard_normal((2, 1000)).astype(np.float32)]
    expected = run(func, inputs)[0]
    assert run_native(func, inputs, Options(strict=True))[0].tobytes() == expected.tobytes()
    assert run_native(func, inputs)[0].tobytes() != expected.tobytes()


@pytest.mark.parametrize("size", [3, 7, 14, 20, 56])
@pytest.mark.parametrize("stride", [1, 2])
def test_convolution_with_and_without_a_padding_stage(size: int, stride: int) -> None:
    x, w = integers(2, 5, size, size), integers(6, 5, 3, 3)
    out = (size - 1) // stride + 1
    results = []
    for staged in (False, True):
        b = LoopBuilder()
        data, weight = b.input("x", TensorType(x.shape)), b.input("w", TensorType(w.shape))

        def padded(n, c, i, j, data=data):
            inside = prim.all_of([i >= 1, i <= size, j >= 1, j <= size])
            return prim.if_then_else(inside, data[n, c, i - 1, j - 1], 0.0)

        source = b.compute((2, 5, size + 2, size + 2), padded).__getitem__ if staged else lambda i, p=padded: p(*i)
        total = b.reduce(
            (2, 6, out, out),
            (5, 3, 3),
            lambda n, o, y, z, c, k, m, s=source, w=weight: s((n, c, y * stride + k, z * stride + m)) * w[o, c, k, m],
            Combiner.SUM,
        )
        results.append(run_native(b.finish("conv", [total]), [x, w])[0])
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), (2, 3))[:, :, ::stride, ::stride]
    expected = np.einsum("ncyzkm,ockm->noyz", windows, w)
    np.testing.assert_array_equal(results[0], expected)
    np.testing.assert_array_equal(results[1], expected)


def test_reshapes_are_copies_along_one_axis() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((4, 6, 35)))

    def value(i, j):
        flat = i * 105 + j
        return x[flat // 210, flat // 35 % 6, flat % 35]

    func = b.finish("reshape", [b.compute((8, 105), value)])
    array = integers(4, 6, 35)
    np.testing.assert_array_equal(run_native(func, [array])[0], array.reshape(8, 105))
    text = module_text([func], Options())[0]
    assert "gather" not in text
    assert "div" not in text


def test_symbolic_sizes() -> None:
    n, m = Var("n"), Var("m")
    b = LoopBuilder()
    x, y = b.input("x", TensorType((n, m))), b.input("y", TensorType((m,)))
    shifted = b.compute((n, m), lambda i, j: x[i, j] + y[j])
    total = b.reduce((n,), (m,), lambda i, k: shifted[i, k], Combiner.SUM)
    least = b.reduce((m,), (n,), lambda j, k: shifted[k, j], Combiner.MIN)
    doubled = b.compute((n * 2,), lambda i: total[i // 2])
    func = b.finish("kernel", [total, least, doubled])
    for rows, columns in ((1, 1), (3, 16), (16, 3), (5, 40), (33, 17), (0, 4), (4, 0)):
        inputs = [integers(rows, columns), integers(columns)]
        for got, expected in zip(run_native(func, inputs), run(func, inputs), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_tiles_along_axes_of_unknown_size_and_what_is_left_of_them() -> None:
    n, m = Var("n"), Var("m")
    b = LoopBuilder()
    x, y = b.input("x", TensorType((n, 64))), b.input("y", TensorType((m, 64)))
    w, bias = b.input("w", TensorType((64, 48))), b.input("b", TensorType((48,)))
    scores = b.reduce((n, m), (64,), lambda i, j, k: x[i, k] * y[j, k], Combiner.SUM)
    dense = b.reduce((n, 48), (64,), lambda i, j, k: x[i, k] * w[k, j], Combiner.SUM)
    func = b.finish("kernel", [scores, b.compute((n, 48), lambda i, j: dense[i, j] + bias[j])])
    text = module_text([func], Options())[0]
    assert text.count("urem") >= 4, "both axes are tiled"
    for rows, columns in ((0, 3), (1, 1), (5, 2), (13, 14), (14, 28), (29, 57), (64, 1)):
        inputs = [integers(rows, 64), integers(columns, 64), integers(64, 48), integers(48)]
        for got, expected in zip(run_native(func, inputs), run(func, inputs), strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("shape", [(128, 130), (33, 700), (700, 33), (16, 1024), (1025, 17)])
@pytest.mark.parametrize("dtype", ["float32", "int8", "float16", "int64", "bool"])
def test_transposes_are_turned_in_registers(shape: tuple[int, int], dtype: str) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType(shape, dtype))
    func = b.finish("turn", [b.compute((shape[1], shape[0]), lambda i, j: x[j, i])])
    array = integers(*shape).astype(dtype)
    np.testing.assert_array_equal(run_native(func, [array])[0], array.T)
    text = module_text([func], Options())[0]
    assert dtype != "float32" or ("gather" not in text and "scatter" not in text)
