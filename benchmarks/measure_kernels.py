"""The CPU backend: cold compilation and speed of single kernels and of a tiny program."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from cpu_backend.cache import KernelCache
from cpu_backend.machine import Machine
from relay_compat.lower import lower
from relay_compat.text.parser import parse
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.program import Body, Program, ProgramFunction, RunKernel
from tensor_core.types import TensorType

Shape = tuple[int, ...]
PADDED = {"padding": (1, 1)}
CASES: dict[str, tuple[str, tuple[Shape, ...], dict[str, Any], float]] = {
    "conv2d 3x3 64->64 56x56": ("nn.conv2d", ((1, 64, 56, 56), (64, 64, 3, 3)), PADDED, 2.0 * 64 * 56 * 56 * 576),
    "conv2d 3x3 512->512 7x7": ("nn.conv2d", ((1, 512, 7, 7), (512, 512, 3, 3)), PADDED, 2.0 * 512 * 49 * 4608),
    "matmul 512x512x512": ("nn.matmul", ((512, 512), (512, 512)), {"units": None}, 2.0 * 512**3),
    "dense 512x512x512": ("nn.dense", ((512, 512), (512, 512)), {"units": None}, 2.0 * 512**3),
    "dense 1x1000x512": ("nn.dense", ((1, 512), (1000, 512)), {"units": None}, 2.0 * 1000 * 512),
    "softmax 64x1000": ("nn.softmax", ((64, 1000),), {}, 0.0),
    "tanh 1000000": ("tanh", ((1_000_000,),), {}, 0.0),
}  # fmt: skip
TINY = """#[version = "0.0.5"]
def @main(%x: Tensor[(8, 8), float32], %y: Tensor[(8, 8), float32]) {
  %0 = add(%x, %y); %1 = multiply(%0, %x); %2 = tanh(%1); %3 = subtract(%2, %y); %4 = exp(%3);
  %5 = nn.relu(%4); %6 = sigmoid(%5); %7 = maximum(%6, %x); %8 = negative(%7); add(%8, %0)
}
"""


def kernel(op: str, shapes: tuple[Shape, ...], attrs: dict[str, Any]) -> PrimFunc:
    """The kernel of one Relay call with float32 arguments."""
    card = registry().by_relay[op]
    assert card.relay is not None
    types = [TensorType(shape) for shape in shapes]
    return lower_card(card, relay_params(card, complete(card.relay.fields, attrs), types), types)


def program(func: PrimFunc) -> Program:
    """A program of one kernel."""
    count = len(func.params) - func.outputs
    types = tuple(TensorType(buffer.shape, buffer.dtype) for buffer in func.params[count:])
    outs = tuple(range(count, len(func.params)))
    code = (RunKernel(func, tuple(range(count)), outs, types),)
    names = tuple(buffer.name for buffer in func.params[:count])
    return Program({"main": ProgramFunction("main", names, len(func.params), Body(code, outs[0]))})


def shortest(action: Callable[[], Any], times: int) -> float:
    """The least wall time of an action in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def speed(item: Program, arrays: list[np.ndarray]) -> float:
    """The least wall time of running a compiled program in seconds."""
    machine = Machine(item)
    return shortest(lambda: machine.run(arrays), 20)


def compilation(item: Program, times: int = 3) -> float:
    """The least CPU time of a cold compilation in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        Machine(item, cache=KernelCache())
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print the table. Speed is wall time on one thread, compilation CPU time; both the best of several."""
    table = Table("kernel", "compile, ms", "run, ms", "GFLOP/s", title="CPU backend", title_justify="left")
    rng = np.random.default_rng(0)
    for name, (op, shapes, attrs, work) in CASES.items():
        item = program(kernel(op, shapes, attrs))
        arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        seconds = speed(item, arrays)
        rate = f"{work / seconds / 1e9:.0f}" if work else ""
        table.add_row(name, f"{1e3 * compilation(item):.1f}", f"{1e3 * seconds:.3f}", rate)
    arrays = [rng.standard_normal((8, 8)).astype(np.float32) for _ in range(2)]
    item = lower(parse(TINY))
    seconds = speed(item, arrays)
    table.add_row("10 elementwise ops on 8x8", f"{1e3 * compilation(item, 10):.1f}", f"{1e3 * seconds:.3f}", "")
    Console().print(table)
