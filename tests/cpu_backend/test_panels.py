"""Weights in panels compute what they compute as they lie, and constant ones are packed before the first run."""

import numpy as np
import pytest
from native import run as run_native

from cpu_backend import llvm
from cpu_backend.cache import KernelCache
from cpu_backend.emit.kernel import ALIGNMENT
from cpu_backend.machine import Machine
from cpu_backend.panels import packing_kernel, panels
from cpu_backend.prepack import prepacked
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.program import Body, LoadConstant, Program, ProgramFunction, RunKernel
from tensor_core.types import TensorType

BITS = llvm.host().vector_bits
LANES = BITS // 32


def convolution(channels: int, size: int, taps: int, stride: int, dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    out = (size - taps) // stride + 1
    x = b.input("x", TensorType((2, 24, size, size), dtype))
    w = b.input("w", TensorType((channels, 24, taps, taps), dtype))
    total = b.reduce(
        (2, channels, out, out),
        (24, taps, taps),
        lambda n, o, i, j, c, k, m: x[n, c, i * stride + k, j * stride + m] * w[o, c, k, m],
        Combiner.SUM,
    )
    return b.finish("conv", [total])


def dense(rows: int, columns: int, transposed: bool, dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((rows, 40), dtype))
    w = b.input("w", TensorType((columns, 40) if transposed else (40, columns), dtype))
    total = b.reduce(
        (rows, columns), (40,), lambda i, j, k: x[i, k] * (w[j, k] if transposed else w[k, j]), Combiner.SUM
    )
    return b.finish("dense", [total])


def arrays(func: PrimFunc) -> list[np.ndarray]:
    generator = np.random.default_rng(5)
    inputs = func.params[: len(func.params) - func.outputs]
    return [generator.integers(-4, 5, [int(str(d)) for d in b.shape]).astype(b.dtype) for b in inputs]


def program(func: PrimFunc, weight: np.ndarray) -> Program:
    types = (TensorType(func.params[2].shape, func.params[2].dtype),)
    code = (LoadConstant(1, weight), RunKernel(func, (0, 1), (2,), types, origin="call"))
    return Program({"main": ProgramFunction("main", ("x",), 3, Body(code, 2))})


@pytest.mark.parametrize("taps", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [7, 9, 14, 16, 30])
def test_convolutions_over_panels(size: int, stride: int, taps: int) -> None:
    func = convolution(4 * LANES, size, taps, stride)
    x, w = arrays(func)
    found = panels(func, 1, BITS)
    assert found is not None
    packed = found.pack(w)
    assert packed.shape == (4, 24, taps, taps, LANES)
    assert packed[3, 5, 0, taps - 1, 2] == w[3 * LANES + 2, 5, 0, taps - 1]
    expected = run(func, [x, w])[0]
    np.testing.assert_array_equal(run(found.kernel, [x, packed])[0], expected)
    assert packed.ctypes.data % ALIGNMENT == 0, "no vector lies in two lines of the cache"
    got = Machine(program(func, w), cache=KernelCache()).run([x])
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("rows", [1, 8, 13, 14, 29, 64])
def test_products_of_matrices_over_panels(rows: int, transposed: bool, dtype: str) -> None:
    func = dense(rows, 2 * LANES, transposed, dtype)
    x, w = arrays(func)
    found = panels(func, 1, BITS)
    assert found is not None
    np.testing.assert_array_equal(run(found.kernel, [x, found.pack(w)])[0], run(func, [x, w])[0])


def test_what_is_no_better_in_panels() -> None:
    assert packing_kernel(dense(32, 2 * LANES, True), BITS) is None, "too few rows share the weight"
    assert panels(dense(64, 2 * LANES + 1, True), 1, BITS) is None, "the last panel would not be full"
    assert panels(dense(64, 2 * LANES, True, "int32"), 1, BITS) is None, "integers"
    b = LoopBuilder()
    x, w = b.input("x", TensorType((24, 4096))), b.input("w", TensorType((LANES, 24)))
    pixels = b.reduce((LANES, 4096), (24,), lambda o, p, c: x[c, p] * w[o, c], Combiner.SUM)
    assert panels(b.finish("pixels", [pixels]), 1, BITS) is None, "the data lies well in the lanes"
    b = LoopBuilder()
    x, w = b.input("x", TensorType((64, 40))), b.input("w", TensorType((LANES, 40)))
    total = b.reduce((64, LANES), (40,), lambda i, j, k: x[i, k] * w[j, k], Combiner.SUM)
    both = b.compute((64, LANES), lambda i, j: total[i, j] + w[j, 0])
    assert panels(b.finish("twice", [both]), 1, BITS) is None, "the weight is read elsewhere, too"


def test_either_operand_may_be_the_constant() -> None:
    func = dense(4 * LANES, 64, False)
    x, w = arrays(func)
    found = panels(func, 0, BITS)
    assert found is not None
    np.testing.assert_array_equal(run(found.kernel, [found.pack(x), w])[0], run(func, [x, w])[0])


def test_constants_are_packed_once_and_others_by_the_kernel() -> None:
    func = convolution(4 * LANES, 30, 3, 1)
    x, w = arrays(func)
    given = program(func, w)
    (kernel,) = [item for item in prepacked(given, BITS).functions["main"].body.code if isinstance(item, RunKernel)]
    assert kernel.kernel is not func
    assert not kernel.kernel.allocations
    assert kernel.origin == "call"
    types = (TensorType(func.params[2].shape),)
    code = (RunKernel(func, (0, 1), (2,), types),)
    free = Program({"main": ProgramFunction("main", ("x", "w"), 3, Body(code, 2))})
    (other,) = [item for item in prepacked(free, BITS).functions["main"].body.code if isinstance(item, RunKernel)]
    assert [buffer.name for buffer in other.kernel.allocations] == ["w_panels"]
    expected = run(func, [x, w])[0]
    np.testing.assert_array_equal(run(other.kernel, [x, w])[0], expected)
    np.testing.assert_array_equal(Machine(free, cache=KernelCache()).run([x, w]), expected)
    seen: list[object] = []
    Machine(given, cache=KernelCache()).run([x], observe=lambda origin, value: seen.append((origin, value.shape)))
    assert seen == [("call", (2, 4 * LANES, 28, 28))]


@pytest.mark.parametrize("transposed", [False, True])
def test_batches_of_products(transposed: bool) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((3, 72, 40)))
    w = b.input("w", TensorType((3, 2 * LANES, 40) if transposed else (3, 40, 2 * LANES)))
    total = b.reduce(
        (3, 72, 2 * LANES),
        (40,),
        lambda n, i, j, k: x[n, i, k] * (w[n, j, k] if transposed else w[n, k, j]),
        Combiner.SUM,
    )
    func = b.finish("batches", [total])
    inputs = arrays(func)
    expected = run(func, inputs)[0]
    found = panels(func, 1, BITS)
    assert found is not None
    assert found.kernel.params[1].shape == (3, 2, 40, LANES)
    np.testing.assert_array_equal(run(found.kernel, [inputs[0], found.pack(inputs[1])])[0], expected)
    own = packing_kernel(func, BITS)
    assert (own is not None) == transposed, "what lies well is not packed"
    if own is not None:
        assert [buffer.name for buffer in own.allocations] == ["w_panels"], "the result's lanes lie side by side"
        np.testing.assert_array_equal(run(own, inputs)[0], expected)
        np.testing.assert_array_equal(run_native(own, inputs)[0], expected)
