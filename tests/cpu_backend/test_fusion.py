"""Kernels joined with those that take up their results: the same values, in fewer kernels."""

from collections.abc import Callable

import numpy as np
import pytest

from cpu_backend.cache import KernelCache
from cpu_backend.fusion import fused
from cpu_backend.machine import Machine
from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.program import Body, Choose, Program, ProgramFunction, RunKernel
from tensor_core.types import TensorType

Made = Callable[..., Tensor]


def kernel(name: str, make: Callable[..., Tensor], *shapes: tuple[int, ...], dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    inputs = [b.input(f"x{n}", TensorType(shape, dtype)) for n, shape in enumerate(shapes)]
    return b.finish(name, [make(b, *inputs)])


def run(func: PrimFunc, args: tuple[int, ...], out: int) -> RunKernel:
    return RunKernel(func, args, (out,), (TensorType(func.params[-1].shape, func.params[-1].dtype),), origin=func.name)


def program(params: int, *code: RunKernel | Choose, result: int | None = None) -> Program:
    last = result if result is not None else code[-1].outs[0] if isinstance(code[-1], RunKernel) else code[-1].out
    names = tuple(f"p{n}" for n in range(params))
    return Program({"main": ProgramFunction("main", names, 30, Body(code, last))})


def kernels(item: Program) -> list[RunKernel]:
    return [part for part in fused(item).functions["main"].body.code if isinstance(part, RunKernel)]


def check(item: Program, expected: int, *shapes: tuple[int, ...], dtype: str = "float32") -> list[RunKernel]:
    """The joined program's kernels; it computes what the program itself does, on integers exactly."""
    generator = np.random.default_rng(7)
    arrays = [generator.integers(-3, 4, shape).astype(dtype) for shape in shapes]
    plain = Machine(item, cache=KernelCache()).run(arrays)
    joined = Machine(item, cache=KernelCache(), fuse=True).run(arrays)
    np.testing.assert_array_equal(joined, plain)
    found = kernels(item)
    assert len(found) == expected
    return found


def plus(shape: tuple[int, ...], *others: tuple[int, ...]) -> PrimFunc:
    def make(b: LoopBuilder, x: Tensor, y: Tensor) -> Tensor:
        def value(*i: prim.PrimExpr) -> prim.PrimExpr:
            first = [prim.IntImm(0, "int64") if size == 1 else index for index, size in zip(i, shape, strict=True)]
            given = i[len(i) - y.rank :]
            second = [prim.IntImm(0, "int64") if d == 1 else k for d, k in zip(y.shape, given, strict=True)]
            return x[tuple(first)] + y[tuple(second)]

        return b.compute(shape, value)

    return kernel("add", make, shape, *(others or (shape,)))


def relu(shape: tuple[int, ...]) -> PrimFunc:
    return kernel("relu", lambda b, x: b.compute(shape, lambda *i: prim.Max(x[i], prim.const(0.0, x.dtype))), shape)


def convolution(size: int, channels: int) -> PrimFunc:
    def make(b: LoopBuilder, x: Tensor, w: Tensor) -> Tensor:
        return b.reduce(
            (1, channels, size, size),
            (8, 3, 3),
            lambda n, o, i, j, c, k, m: x[n, c, i + k, j + m] * w[o, c, k, m],
            Combiner.SUM,
        )

    return kernel("conv", make, (1, 8, size + 2, size + 2), (channels, 8, 3, 3))


@pytest.mark.parametrize("channels", [3, 16, 32, 48])
@pytest.mark.parametrize("size", [3, 7, 8, 14, 20, 29])
def test_what_follows_a_convolution(size: int, channels: int) -> None:
    shape, bias = (1, channels, size, size), (channels, 1, 1)
    item = program(
        4,
        run(convolution(size, channels), (0, 1), 4),
        run(plus(shape, bias), (4, 2), 5),
        run(relu(shape), (5,), 6),
        run(plus(shape), (6, 3), 7),
        run(relu(shape), (7,), 8),
    )
    shapes = ((1, 8, size + 2, size + 2), (channels, 8, 3, 3), bias, shape)
    (only,) = check(item, 1, *shapes)
    assert only.args == (0, 1, 2, 3)
    assert only.origin == "relu"


@pytest.mark.parametrize("combiner", [Combiner.SUM, Combiner.MAX], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int8", "int64", "float16"])
@pytest.mark.parametrize("size", [1, 5, 16, 37])
def test_what_follows_a_reduction_along_the_lanes(size: int, dtype: str, combiner: Combiner) -> None:
    def total(b: LoopBuilder, x: Tensor) -> Tensor:
        return b.reduce((size,), (100,), lambda i, k: x[i, k], combiner)

    def after(b: LoopBuilder, x: Tensor, y: Tensor) -> Tensor:
        return b.compute((size,), lambda i: x[i] * y[i] - x[i])

    item = program(
        2,
        run(kernel("total", total, (size, 100), dtype=dtype), (0,), 2),
        run(kernel("after", after, (size,), (size,), dtype=dtype), (2, 1), 3),
    )
    check(item, 1, (size, 100), (size,), dtype=dtype)


def test_elementwise_kernels_are_written_into_their_readers() -> None:
    shape = (6, 9)
    turned = kernel("turn", lambda b, x: b.compute((9, 6), lambda i, j: x[j, i]), shape)
    item = program(2, run(plus(shape), (0, 1), 2), run(turned, (2,), 3), run(relu((9, 6)), (3,), 4))
    check(item, 1, shape, shape)
    # One kernel object twice, and an argument that both read.
    both = program(2, run(relu(shape), (0,), 2), run(relu(shape), (1,), 3), run(plus(shape), (2, 3), 4))
    check(both, 1, shape, shape)
    again = program(1, run(relu(shape), (0,), 1), run(plus(shape), (1, 0), 2))
    (only,) = check(again, 1, shape)
    assert only.args == (0,)


def test_what_stays_apart() -> None:
    shape = (6, 9)
    x = relu(shape)
    used_twice = program(1, run(x, (0,), 1), run(x, (1,), 2), run(plus(shape), (1, 2), 3))
    assert len(check(used_twice, 2, shape)) == 2
    row = kernel("row", lambda b, y: b.compute((9,), lambda j: y[j] * 2.0), (9,))
    spread = plus(shape, (9,))
    check(program(2, run(row, (1,), 2), run(spread, (0, 2), 3)), 2, shape, (9,))
    size = 14
    first, second = convolution(size, 16), convolution(size, 16)
    shape = (1, 16, size, size)
    two = program(4, run(first, (0, 1), 4), run(second, (2, 3), 5), run(plus(shape), (4, 5), 6))
    inputs = ((1, 8, size + 2, size + 2), (16, 8, 3, 3))
    check(two, 2, *inputs, *inputs)
    turned = kernel(
        "turn", lambda b, y: b.compute((1, 16, size, size), lambda n, c, i, j: y[n, c, j, i]), (1, 16, size, size)
    )
    check(program(2, run(first, (0, 1), 4), run(turned, (4,), 5)), 2, *inputs)


def test_kernels_in_the_arms_of_a_choice() -> None:
    shape = (6, 9)
    then = Body((run(relu(shape), (1,), 3), run(plus(shape), (3, 1), 4)), 4)
    otherwise = Body((run(plus(shape), (2, 2), 5),), 5)
    item = program(2, run(relu(shape), (1,), 2), Choose(6, 0, then, otherwise))
    (choice,) = [part for part in fused(item).functions["main"].body.code if isinstance(part, Choose)]
    assert len(choice.then.code) == 1
    x = np.random.default_rng(1).integers(-4, 5, shape).astype(np.float32)
    machine = Machine(item, cache=KernelCache(), fuse=True)
    positive = np.maximum(x, 0)
    np.testing.assert_array_equal(machine.run([np.array(True), x]), positive + x)
    np.testing.assert_array_equal(machine.run([np.array(False), x]), 2 * positive)


def test_nothing_moves_over_a_write_in_place() -> None:
    shape = (6, 9)
    write = kernel("write", lambda b, y: b.compute(shape, lambda *i: y[i] * 2.0), shape)
    into = RunKernel(write, (1,), (4,), (TensorType(shape),), into=(0,))
    item = program(2, run(relu(shape), (0,), 2), into, run(plus(shape), (2, 4), 3))
    assert fused(item).functions["main"] is item.functions["main"]
