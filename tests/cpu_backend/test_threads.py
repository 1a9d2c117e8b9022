"""Threads share kernels, and what they compute does not depend on how many there are."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from cpu_backend import threads
from cpu_backend.cache import KernelCache
from cpu_backend.emit.kernel import shared
from cpu_backend.machine import Machine
from tensor_core import prim
from tensor_core.execution import THREADS
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.program import Body, Program, ProgramFunction, RunKernel
from tensor_core.types import TensorType

pytestmark = pytest.mark.skipif(threads.available(2) < 2, reason="no futexes here")


def stages(rows: int, columns: int) -> PrimFunc:
    """Blocks that read what other threads wrote, among them one that no two threads can share."""
    b = LoopBuilder()
    x = b.input("x", TensorType((rows, columns)))
    doubled = b.compute((rows, columns), lambda i, j: x[i, j] * 2.0)
    total = b.reduce((), (rows, columns), lambda i, j: doubled[i, j], Combiner.SUM)
    turned = b.compute((columns, rows), lambda i, j: doubled[rows - 1 - j, i] + total[()])
    sums = b.reduce((rows,), (columns,), lambda i, k: turned[k, i] - total[()], Combiner.SUM)
    largest = b.reduce((columns,), (rows,), lambda i, k: turned[i, k] - sums[k], Combiner.MAX)
    return b.finish("stages", [turned, largest])


def program(*kernels: PrimFunc) -> Program:
    code: list[RunKernel] = []
    for number, func in enumerate(kernels):
        outs = (1 + 2 * number, 2 + 2 * number)
        types = tuple(TensorType(buffer.shape, buffer.dtype) for buffer in func.params[1:])
        code.append(RunKernel(func, (0,), outs, types))
    return Program({"main": ProgramFunction("main", ("x",), 1 + 2 * len(kernels), Body(tuple(code), code[-1].outs[1]))})


@pytest.mark.parametrize("shape", [(400, 300), (3, 40000), (40000, 3), (1, 100000), (257, 511)])
def test_every_number_of_threads_gives_the_same_bits(shape: tuple[int, int]) -> None:
    func = stages(*shape)
    assert shared(func, vectors=True)
    x = np.random.default_rng(1).integers(-8, 9, shape).astype(np.float32)
    cache = KernelCache()
    expected = run(func, [x])[1]
    for count in (1, 2, 3, 5, 16):
        machine = Machine(program(func), cache=cache, thread_count=count)
        for _ in range(20):
            np.testing.assert_array_equal(machine.run([x]), expected)
    rounded = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    results = [Machine(program(func), cache=cache, thread_count=n).run([rounded]).tobytes() for n in (1, 2, 3)]
    assert len(set(results)) == 1


def test_symbolic_sizes_are_shared() -> None:
    n = prim.Var("n")
    b = LoopBuilder()
    x = b.input("x", TensorType((n, 5000)))
    double, first = b.compute((n, 5000), lambda i, j: x[i, j] * 2.0), b.compute((n,), lambda i: x[i, 0])
    func = b.finish("double", [double, first])
    assert shared(func, vectors=True)
    item = RunKernel(func, (0,), (1, 2), (TensorType((n, 5000)), TensorType((n,))))
    function = ProgramFunction("main", ("x",), 3, Body((item,), 1), (TensorType((n, 5000)),))
    machine = Machine(Program({"main": function}), thread_count=3)
    for rows in (0, 1, 2, 5, 500):
        ones = np.ones((rows, 5000), np.float32)
        np.testing.assert_array_equal(machine.run([ones]), 2 * ones)


def test_machines_in_several_threads() -> None:
    func = stages(300, 300)
    x = np.random.default_rng(2).integers(-8, 9, (300, 300)).astype(np.float32)
    expected = run(func, [x])[1]
    cache = KernelCache()
    wrong: list[int] = []

    def work(number: int) -> None:
        machine = Machine(program(func, func), cache=cache, thread_count=2)
        for _ in range(30):
            if machine.run([x]).tobytes() != expected.tobytes():
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for item in workers:
        item.start()
    for item in workers:
        item.join()
    assert not wrong


CHILD = """
import os, sys
sys.path[:0] = {path!r}
from test_threads import Machine, np, program, run, stages
x = np.ones((300, 300), np.float32)
func = stages(300, 300)
expected = run(func, [x])[1]
machine = Machine(program(func), thread_count=2)
assert (machine.run([x]) == expected).all()
child = os.fork()
assert (machine.run([x]) == expected).all()
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_process_has_threads_of_its_own_and_all_end() -> None:
    source = CHILD.format(path=[os.path.dirname(__file__), *sys.path])
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_environment_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS, raising=False)
    assert threads.count() == 1
    monkeypatch.setenv(THREADS, "3")
    assert threads.count() == 3
    monkeypatch.setenv(THREADS, "many")
    assert threads.count() == 1
