"""One machine for all sizes beside one for each: programs whose batch or sequence is known at run time only.

Both machines run in turn, each twice, the second run counted; medians of the times and of their ratios. Results are
compared. The first run of a size, in which kernels are made for it, is told apart, as is making the other machine and
its first run; of neither was anything known before.

    python -m benchmarks dynamic [--rounds N]

With `RELAY2RELAX_WRITE=1` the figures are written to `tests/corpus/trust/dynamic.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers import ROOT
from cpu_backend import disk
from cpu_backend.cache import KernelCache
from cpu_backend.machine import Machine
from relay_compat.lower import lower
from relay_compat.text.parser import parse

FILE = ROOT / "tests" / "corpus" / "trust" / "dynamic.json"
SIZES = (1, 3, 16, 50, 128)
Shape = tuple[int | str, ...]
PROGRAMS: dict[str, tuple[tuple[Shape, ...], str]] = {
    "dense 768": ((("?", 768), (768, 768)), "nn.relu(nn.dense(%a, %b, units=768))"),
    "two layers 768-3072-768": (
        (("?", 768), (3072, 768), (768, 3072)),
        "nn.dense(nn.relu(nn.dense(%a, %b, units=3072)), %c, units=768)",
    ),
    "conv2d 3x3 64, 28x28": (
        (("?", 64, 28, 28), (64, 64, 3, 3)),
        "nn.relu(nn.conv2d(%a, %b, padding=[1, 1, 1, 1], channels=64, kernel_size=[3, 3]))",
    ),
    "attention, 12 heads of 64": (
        ((12, "?", 64), (12, "?", 64), (12, 64, "?")),
        "nn.batch_matmul(nn.softmax(nn.batch_matmul(%a, %b, transpose_b=True)), %c, transpose_b=True)",
    ),
}
"""Shapes of the parameters, `?` where the size is known at run time only, and the body."""


def text(shapes: tuple[Shape, ...], body: str, size: int | str) -> str:
    """The program at a size, or at every one."""
    kinds = [", ".join(str(size if item == "?" else item) for item in shape) for shape in shapes]
    params = ", ".join(f"%{name}: Tensor[({kind}), float32]" for name, kind in zip("abc", kinds, strict=False))
    return f'#[version = "0.0.5"]\ndef @main({params}) {{ {body} }}'


def machine(body: str) -> Machine:
    """The machine of a program, of whose kernels nothing is known."""
    return Machine(lower(parse(body)), cache=KernelCache(), thread_count=1, fuse=True)


def seconds(work: Callable[[Any], Any], given: Any) -> tuple[Any, float]:
    """What work makes of what is given, and how long it takes."""
    start = time.perf_counter()
    return work(given), time.perf_counter() - start


def timed(machine: Machine, args: list[np.ndarray]) -> float:
    """Seconds of the second of two runs."""
    machine.run(args)
    return seconds(machine.run, args)[1]


def rows(rounds: int) -> list[dict[str, Any]]:
    """All figures, on one thread."""
    found: list[dict[str, Any]] = []
    generator = np.random.default_rng(0)
    for name, (shapes, body) in PROGRAMS.items():
        every = machine(text(shapes, body, "?"))
        for size in SIZES:
            sizes = [tuple(size if item == "?" else int(item) for item in shape) for shape in shapes]
            args = [generator.standard_normal(item).astype(np.float32) for item in sizes]
            one, making = seconds(machine, text(shapes, body, size))
            expected, running = seconds(one.run, args)
            result, first = seconds(every.run, args)
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max()))
            pairs = [(timed(one, args), timed(every, args)) for _ in range(rounds)]
            static, dynamic = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(b / a for a, b in pairs)
            row = {"what": name, "size": size, "static": static, "dynamic": dynamic, "ratio": ratio}
            found.append({**row, "static_first": making + running, "dynamic_first": first})
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m benchmarks dynamic", description="Sizes known at run time only.")
    parser.add_argument("--rounds", type=int, default=31, help="runs of each")
    options, _ = parser.parse_known_args()
    # Code kept by another run would be known.
    os.environ[disk.VARIABLE] = "off"
    found = rows(options.rounds)
    table = Table("program", "size", "size known, ms", "one for all, ms", "ratio", "first, ms", "first, ms")
    for row in found:
        table.add_row(
            row["what"], str(row["size"]), f"{1e3 * row['static']:.3f}", f"{1e3 * row['dynamic']:.3f}",
            f"{row['ratio']:.2f}", f"{1e3 * row['static_first']:.0f}", f"{1e3 * row['dynamic_first']:.0f}",
        )  # fmt: skip
    Console().print(table)
    if os.environ.get("RELAY2RELAX_WRITE"):
        FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
