"""A limit of memory: a program that needs more ends with a coded error, one that stays below runs on."""

import numpy as np
import pytest

from cpu_backend.cache import KernelCache
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from tensor_core.diagnostics import DiagnosticError
from tensor_core.execution import MEMORY_LIMIT
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.program import Body, Program, ProgramFunction, RunKernel
from tensor_core.types import TensorType

SIZE = 1 << 16
WIDE = TensorType((SIZE,))
BYTES = 4 * SIZE
X = np.ones(SIZE, np.float32)


def kernel(with_scratch: bool = False) -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", WIDE)
    between = b.compute((SIZE,), lambda i: x[i] + 1.0) if with_scratch else x
    return b.finish("kernel", [b.compute((SIZE,), lambda i: between[SIZE - 1 - i] + 1.0)])


def chain(length: int, func: PrimFunc) -> Program:
    code = tuple(RunKernel(func, (n,), (n + 1,), (WIDE,)) for n in range(length))
    return Program({"main": ProgramFunction("main", ("x",), length + 1, Body(code, length))})


def machine(length: int, limit: int | None, once: bool, func: PrimFunc | None = None) -> Machine:
    options = Options(once=once)
    return Machine(chain(length, func or kernel()), options=options, cache=KernelCache(), memory_limit=limit)


@pytest.mark.parametrize("once", [False, True])
def test_what_is_dropped_is_free_again(once: bool) -> None:
    runs = machine(40, 4 * BYTES, once)
    for _ in range(3):
        assert runs.run([X])[0] == 41


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("with_scratch", [False, True])
def test_a_program_that_needs_more_is_refused(once: bool, with_scratch: bool) -> None:
    limit = BYTES + 8192 if with_scratch else BYTES - 1
    with pytest.raises(DiagnosticError) as caught:
        machine(2, limit, once, kernel(with_scratch)).run([X])
    assert caught.value.diagnostics[0].code.id == "R2R0611"
    assert str(limit) in (caught.value.diagnostics[0].hint or "")


@pytest.mark.parametrize("once", [False, True])
def test_results_that_are_held_count(once: bool) -> None:
    runs = machine(1, 3 * BYTES, once)
    held = [runs.run([X]) for _ in range(3)]
    with pytest.raises(DiagnosticError):
        runs.run([X])
    part = held.pop()[5:7]
    with pytest.raises(DiagnosticError):
        runs.run([X])
    del part
    assert runs.run([X])[0] == 2


def test_there_is_none_by_default() -> None:
    assert machine(3, None, once=False).run([X])[0] == 4


def test_the_environment_says_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_LIMIT, "1")
    runs = machine(1, None, False)
    held = [runs.run([X]) for _ in range((1 << 20) // BYTES)]
    with pytest.raises(DiagnosticError) as caught:
        runs.run([X])
    assert str(1 << 20) in (caught.value.diagnostics[0].hint or "")
    wide = machine(1, 100 * BYTES, False)
    assert len([wide.run([X]) for _ in range(2 * len(held))]) == 2 * len(held)
