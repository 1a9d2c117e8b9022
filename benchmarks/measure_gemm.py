"""Products of matrices beside OpenBLAS and MKL, and ResNet-50's convolutions beside ONNX Runtime, on 1 and 2 threads.

Each peer is a process that stays; ours and the peer run in turn, each twice, and the second run of each makes a pair.
What is told is the median of the pairs' ratios with its 95 % interval, that of the sign test, which supposes nothing
about how the times are distributed. Above 1 the peer takes longer. Matrices are no constants: what packing them takes
is part of the time. A convolution's weight is a constant for both, its data and result are NCHW. Results are compared.

    python -m oracle.environments bench
    python -m benchmarks gemm [--pairs N]

With `RELAY2RELAX_WRITE=1` the figures are written to `tests/corpus/trust/gemm.json`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.measure_models import REST, Peer
from benchmarks.peers import ROOT
from cpu_backend.machine import Machine
from oracle.environments import BENCH, interpreter
from relay_compat.bind_params import bind_params_by_name
from relay_compat.lower import lower
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types

FILE = ROOT / "tests" / "corpus" / "trust" / "gemm.json"
SERVER = Path(__file__).resolve().with_name("blas_server.py")
SIZE = 1024
TOLERANCE = 1e-4
"""Largest difference in units of the result's largest magnitude: sums of some thousand float32 products."""
CONVOLUTIONS = (
    (64, 64, 56, 3, 1), (128, 128, 28, 3, 1), (256, 256, 14, 3, 1), (512, 512, 7, 3, 1),
    (256, 64, 56, 1, 1), (64, 256, 56, 1, 1), (128, 128, 56, 3, 2),
)  # fmt: skip
"""Channels in and out, height and width, kernel, stride."""
HEAD = '#[version = "0.0.5"]\n'


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a median: the order statistics outside of which it lies in at most 1 of 20 samples."""
    ordered, count = sorted(ratios), len(ratios)
    below, tail = 0, 0.0
    while below <= count // 2:
        tail += math.comb(count, below) / 2**count
        if tail > 0.025:
            break
        below += 1
    low = max(0, below - 1)
    return ordered[low], ordered[count - 1 - low]


def sgemm(threads: int) -> tuple[Machine, list[np.ndarray]]:
    """A compiled product of two matrices that it is given, and such two."""
    kind = f"Tensor[({SIZE}, {SIZE}), float32]"
    machine = Machine(
        lower(parse(f"{HEAD}def @main(%a: {kind}, %b: {kind}) {{ nn.matmul(%a, %b, units={SIZE}) }}")),
        thread_count=threads,
        fuse=True,
    )
    generator = np.random.default_rng(0)
    return machine, [generator.standard_normal((SIZE, SIZE)).astype(np.float32) for _ in range(2)]


def convolution(shape: tuple[int, ...], threads: int) -> tuple[Machine, np.ndarray, np.ndarray]:
    """A compiled convolution, its data and its weight."""
    inputs, outputs, side, kernel, stride = shape
    generator = np.random.default_rng(0)
    data = generator.standard_normal((1, inputs, side, side)).astype(np.float32)
    weight = generator.standard_normal((outputs, inputs, kernel, kernel)).astype(np.float32)
    module = infer_types(
        parse(f"""{HEAD}def @main(%x: Tensor[{data.shape}, float32], %w: Tensor[{weight.shape}, float32]) {{
  nn.conv2d(%x, %w, strides=[{stride}, {stride}], padding=[{kernel // 2}, {kernel // 2}, {kernel // 2}, {kernel // 2}],
            channels={outputs}, kernel_size=[{kernel}, {kernel}])
}}""")
    )
    module["main"] = bind_params_by_name(module["main"], {"w": weight})
    return Machine(lower(infer_types(module)), thread_count=threads, fuse=True), data, weight


def beside(run: Callable[[], Any], kind: str, folder: Path, threads: int, pairs: int) -> dict[str, Any]:
    """Ours and a peer in turn: medians in seconds, the median ratio and its interval, the difference of results."""
    peer = Peer([str(interpreter(BENCH)), str(SERVER), kind, str(folder), str(threads)], threads)
    ours: list[float] = []
    result = run()
    for _ in range(pairs):
        time.sleep(REST)
        run()
        start = time.perf_counter()
        run()
        ours.append(time.perf_counter() - start)
        time.sleep(REST)
        peer.run()
    peer.end()
    expected = np.load(folder / f"out.{kind}.npy")
    difference = float(np.abs(result - expected).max() / np.abs(expected).max())
    ratios = [theirs / mine for theirs, mine in zip(peer.seconds, ours, strict=True)]
    low, high = interval(ratios)
    return {
        "threads": threads, "peer": kind, "pairs": pairs, "ours": statistics.median(ours),
        "theirs": statistics.median(peer.seconds), "ratio": statistics.median(ratios), "interval": [low, high],
        "difference": difference,
    }  # fmt: skip


def rows(folder: Path, pairs: int) -> list[dict[str, Any]]:
    """All figures."""
    found: list[dict[str, Any]] = []
    for threads in (1, 2):
        machine, given = sgemm(threads)
        for name, array in zip(("a.npy", "b.npy"), given, strict=True):
            np.save(folder / name, array)
        for kind in ("openblas", "mkl"):
            found.append(
                {"what": f"sgemm {SIZE}", **beside(lambda: machine.run(given), kind, folder, threads, pairs)}  # noqa: B023
            )
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
        for shape in CONVOLUTIONS:
            compiled, data, weight = convolution(shape, threads)
            inputs, outputs, side, kernel, stride = shape
            np.save(folder / "x.npy", data)
            np.save(folder / "w.npy", weight)
            attributes = {"pads": [kernel // 2] * 4, "strides": [stride] * 2, "kernel_shape": [kernel] * 2}
            (folder / "conv.json").write_text(json.dumps(attributes))
            name = f"conv {inputs}-{outputs}-{side}-k{kernel}" + f"-s{stride}" * (stride > 1)
            found.append({"what": name, **beside(lambda: compiled.run([data]), "conv", folder, threads, pairs)})  # noqa: B023
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m benchmarks gemm", description="Products and convolutions.")
    parser.add_argument("--pairs", type=int, default=31, help="pairs of runs for each figure, 6 at least")
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as place:
        found = rows(Path(place), max(6, options.pairs))
    table = Table("what", "threads", "peer", "ours ms", "theirs ms", "ratio", "95 %", "results")
    for row in found:
        low, high = row["interval"]
        table.add_row(
            row["what"], str(row["threads"]), row["peer"], f"{1e3 * row['ours']:.3f}", f"{1e3 * row['theirs']:.3f}",
            f"{row['ratio']:.2f}", f"{low:.2f} to {high:.2f}",
            "agree" if row["difference"] < TOLERANCE else f"WRONG {row['difference']:.1e}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    for threads in (1, 2):
        ratios = [row["ratio"] for row in found if row["peer"] == "conv" and row["threads"] == threads]
        mean = statistics.geometric_mean(ratios)
        console.print(f"convolutions, {threads} thread(s): ONNX Runtime takes {mean:.2f} times as long")
    if os.environ.get("RELAY2RELAX_WRITE"):
        FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
