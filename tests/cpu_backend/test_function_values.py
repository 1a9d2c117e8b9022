"""Function values, Python code of the host, matching by the IR, results written into given arrays."""

from typing import Any

import numpy as np
import pytest

from cpu_backend.cache import KernelCache
from cpu_backend.machine import Machine
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.prim import Var
from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Closure,
    Host,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    RunHost,
    RunKernel,
)
from tensor_core.types import TensorType

N = Var("n")
BOOL = TensorType((), "bool")


def doubled(*shape: Any) -> Any:
    b = LoopBuilder()
    x = b.input("x", TensorType(shape))
    return b.finish("kernel", [b.compute(shape, lambda *i: x[i] * 2.0)])


def machine(main: ProgramFunction, **more: ProgramFunction) -> Machine:
    return Machine(Program({"main": main, **more}), cache=KernelCache())


def function(code: list[Any], result: int, params: int = 1, **more: Any) -> ProgramFunction:
    return ProgramFunction("f", tuple(f"p{n}" for n in range(params)), 12, Body(tuple(code), result), **more)


def sizes_of(items: Any, sizes: Any) -> None:
    for _, value, type_ in items:
        for dim, size in zip(type_.shape, value.shape, strict=True):
            assert sizes.setdefault(dim, size) == size


def add(values: tuple[Any, ...], _: Host) -> Any:
    return values[0] + values[1]


ADD = function([RunHost("add", add, (0, 1), 2)], 2, captured=1)


def test_a_closure_keeps_what_it_captured():
    code = [MakeClosure(1, "inner", (0,)), LoadConstant(2, np.float32(1) * np.ones(3, "f4")), Apply(3, 1, (2,))]
    result = machine(function(code, 3), inner=ADD).run([np.full(3, 2, "f4")])
    np.testing.assert_array_equal(result, [3, 3, 3])


def test_a_closure_is_a_value_that_can_be_called_later():
    ours = machine(function([MakeClosure(1, "inner", (0,))], 1), inner=ADD)
    closure = ours.run([np.full(2, 2, "f4")])
    assert isinstance(closure, Closure)
    np.testing.assert_array_equal(ours.apply(closure, [np.ones(2, "f4")]), [3, 3])
    bound = Closure(closure.function, closure.captured, closure.sizes, (np.zeros(2, "f4"),))
    np.testing.assert_array_equal(ours.apply(bound, []), [2, 2])


def test_a_function_value_that_captures_itself_recurses_in_constant_memory():
    # inner(k): k == 0 ? k : inner(k - 1), where inner is captured from the outside
    less = Body((RunHost("less", lambda v, _: v[0] - 1, (1,), 3), Apply(4, 0, (3,))), 4)
    inner = function([Choose(2, 1, less, Body((), 1))], 2, captured=1)
    main = function([MakeClosure(1, "inner", (1,)), Apply(2, 1, (0,))], 2)
    assert machine(main, inner=inner).run([np.asarray(30_000)]) == 0


def test_host_code_sees_sizes_and_can_call_back():
    def twice(values: tuple[Any, ...], host: Host) -> Any:
        return host.apply(values[1], [host.apply("inner", [values[0]])]) * host.sizes[N]

    inner = function([RunHost("add", lambda v, _: v[0] + 1, (0,), 1)], 1)
    code = [MakeClosure(1, "inner"), RunHost("twice", twice, (0, 1), 2)]
    main = function(code, 2, types=(TensorType((N,)),), match=sizes_of)
    np.testing.assert_array_equal(machine(main, inner=inner).run([np.zeros(3, "f4")]), [6, 6, 6])


def test_host_functions_are_function_values():
    code = [LoadConstant(1, lambda a: a * 3), Apply(2, 1, (0,))]
    assert machine(function(code, 2)).run([np.asarray(2)]) == 6


def test_sizes_that_a_closure_captured_are_those_of_its_kernels():
    inner = function([RunKernel(doubled(N), (0,), (1,), (TensorType((N,)),))], 1, params=0, captured=1, match=sizes_of)
    code = [MakeClosure(1, "inner", (0,)), Apply(2, 1, ())]
    ours = machine(function(code, 2, types=(TensorType((N,)),), match=sizes_of), inner=inner)
    for size in (1, 4):
        np.testing.assert_array_equal(ours.run([np.ones(size, "f4")]), np.full(size, 2))


def test_numbers_strings_and_shapes_are_values_where_the_ir_matches_types():
    seen: list[Any] = []

    def keep(values: tuple[Any, ...], _: Host) -> Any:
        seen.append(values)

    code = [LoadConstant(2, "text"), MakeTuple(3, (0, 2)), RunHost("keep", keep, (3, 1), 4)]
    ours = machine(function(code, 3, params=2, match=lambda *_: None))
    assert ours.run([7, (1, 2)]) == (7, "text")
    assert seen == [((7, "text"), (1, 2))]
    observed: list[Any] = []
    ours.run([7, (1, 2)], observe=lambda _, value: observed.append(value))
    assert not observed


def test_a_match_of_the_ir_decides():
    def never(items: Any, _: Any) -> None:
        raise ValueError(items[0][0])

    code = [MatchType(0, BOOL, "the argument", match=never)]
    with pytest.raises(ValueError, match="the argument"):
        machine(function(code, 0)).run([np.zeros(2)])


def test_results_go_into_given_arrays():
    target = np.zeros(4, "f4")
    for kernel in (doubled(4), doubled(N)):
        code = [RunKernel(kernel, (0,), (2,), (TensorType((4,)),), into=(1,))]
        result = machine(function(code, 2, params=2)).run([np.ones(4, "f4"), target])
        assert result is target
        np.testing.assert_array_equal(target, np.full(4, 2))
        target[:] = 0
        with pytest.raises(DiagnosticError, match="not a float32 array of shape"):
            machine(function(code, 2, params=2)).run([np.ones(4, "f4"), np.zeros(3, "f4")])


def test_scalars_come_from_registers():
    b = LoopBuilder()
    x, extra = b.input("x", TensorType((N,))), Var("extra")
    kernel = b.finish("kernel", [b.compute((N,), lambda i: x[i] + extra.astype("float32"))])
    kernel = kernel.replace(scalars=(extra,))
    code = [LoadConstant(1, 5), RunKernel(kernel, (0,), (2,), (TensorType((N,)),), scalars=(1,))]
    ours = machine(function(code, 2, types=(TensorType((N,)),), match=sizes_of))
    np.testing.assert_array_equal(ours.run([np.ones(3, "f4")]), [6, 6, 6])
