"""Straight lines of kernels in one call: what leaves them, what they read, where their values lie."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpu_backend.machine import Machine
from cpu_backend.memory_plan import plan
from cpu_backend.region import RegionStep
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.program import (
    Body,
    Choose,
    Instruction,
    LoadConstant,
    MakeTuple,
    Program,
    ProgramFunction,
    RunKernel,
    TakeItem,
    View,
)
from tensor_core.types import TensorType

SHAPE = (4, 6)
TYPE = TensorType(SHAPE)


def kernel(shape: tuple[int, ...] = SHAPE) -> PrimFunc:
    b = LoopBuilder()
    x, y = b.input("x", TensorType(shape)), b.input("y", TensorType(shape))
    return b.finish("next", [b.compute(shape, lambda *i: x[i] * 2.0 + y[i])])


NEXT, FLAT = kernel(), kernel((24,))


def machine(code: Sequence[Instruction], result: int, params: int = 1, registers: int = 20) -> Machine:
    names = tuple(f"x{n}" for n in range(params))
    return Machine(Program({"main": ProgramFunction("main", names, registers, Body(tuple(code), result))}))


def array(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9, 10, SHAPE).astype(np.float32)


def following(a: int, b: int, out: int, func: PrimFunc = NEXT) -> RunKernel:
    return RunKernel(func, (a, b), (out,), (TensorType(func.params[0].shape),), origin=out)


def test_views_tuples_and_constants_between_kernels() -> None:
    constant = array(1)
    code = (
        LoadConstant(1, constant),
        following(0, 1, 2),
        MakeTuple(3, (2, 0, 1)),
        TakeItem(4, 3, 0),
        View(5, 4, (24,)),
        TakeItem(6, 3, 1),
        following(6, 4, 7),
        View(8, 7, (24,)),
        following(5, 8, 9, FLAT),
        View(10, 9, SHAPE),
        MakeTuple(11, (10, 3, 2, 8)),
    )
    item = machine(code, 11)
    x = array(2)
    first = 2 * x + constant
    second = 2 * x + first
    last = 2 * first.reshape(24) + second.reshape(24)
    for _ in range(3):
        whole, (a, b, c), again, flat = item.run([x])
        np.testing.assert_array_equal(whole, last.reshape(SHAPE))
        np.testing.assert_array_equal(a, first)
        np.testing.assert_array_equal(b, x)
        np.testing.assert_array_equal(c, constant)
        np.testing.assert_array_equal(again, first)
        np.testing.assert_array_equal(flat, second.reshape(24))


def test_results_are_new_each_time() -> None:
    item = machine((following(0, 0, 1), following(1, 0, 2)), 2)
    x, y = array(1), array(2)
    first = item.run([x])
    copy = first.copy()
    second = item.run([y])
    np.testing.assert_array_equal(first, copy)
    assert not np.shares_memory(first, second)


def test_what_does_not_fit_is_said_with_the_kernel() -> None:
    item = machine((following(0, 0, 1), following(1, 0, 2)), 2)
    for wrong in (np.zeros((4, 7), np.float32), np.zeros(SHAPE, np.float64), (array(1), array(1))):
        with pytest.raises(DiagnosticError, match=r"R2R0602.*kernel next: x is a"):
            item.run([wrong])


def test_values_for_the_arms_of_a_choice_leave_the_region() -> None:
    then = Body((following(3, 2, 5),), 5)
    otherwise = Body((), 3)
    code = (following(1, 1, 2), following(2, 1, 3), Choose(4, 0, then, otherwise), following(4, 2, 6))
    item = machine(code, 6, params=2)
    x = array(3)
    two = 3 * x
    three = 2 * two + x
    for flag, four in ((True, 2 * three + two), (False, three)):
        np.testing.assert_array_equal(item.run([np.array(flag), x]), 2 * four + two)


def test_the_observer_sees_every_kernel() -> None:
    item = machine((following(0, 0, 1), following(1, 0, 2), following(2, 1, 3)), 3)
    seen: list[object] = []
    observed = item.run([array(1)], observe=lambda origin, _: seen.append(origin))
    assert seen == [1, 2, 3]
    np.testing.assert_array_equal(item.run([array(1)]), observed)


def test_a_chain_is_one_step() -> None:
    code = [following(n, 0, n + 1) for n in range(19)]
    item = machine(code, 19)
    item.run([array(1)])
    (prepared,) = item._prepared.values()  # pyright: ignore[reportPrivateUsage]
    assert [type(step) for step in prepared.steps] == [RegionStep]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 500)), max_size=40))
def test_values_that_live_at_one_time_do_not_overlap(drawn: list[tuple[int, int]]) -> None:
    values = [(first, first + length, size) for first, (length, size) in enumerate(drawn)]
    offsets, total = plan(values)
    for n, (first, last, size) in enumerate(values):
        assert offsets[n] % 64 == 0
        assert offsets[n] + size <= total
        for m in range(n):
            apart = values[m][1] < first or last < values[m][0]
            low, high = offsets[m], offsets[m] + values[m][2]
            assert apart or not size or not values[m][2] or high <= offsets[n] or offsets[n] + size <= low


def test_a_chain_of_values_needs_the_memory_of_two() -> None:
    assert plan([(n, n + 1, 640) for n in range(100)])[1] == 1280
    assert plan([])[1] == 0
