"""The page of what the CPU backend takes in time, from measurements that are committed in `tests/corpus/trust/`.

Each section is made from one file and is there once the file is:

- `models.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks models`
- `gemm.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks gemm`
- `dynamic.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks dynamic`
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markup import table

TRUST = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "trust"

HEAD = """# What the CPU backend takes

Figures that were measured and committed; this page only writes them out. In each table all sides ran in turn in one
run on one machine, so that ratios can be told where times cannot. A ratio above 1: the other takes longer than we do.
`tox run -e bench -- NAME` measures again; it makes the environments of the others first.

The machine had two cores and nothing else to do; ratios with a wide interval say little all the same. PyTorch
is not among the others: its wheel needs several GB of GPU libraries to be imported."""

_PEERS = {"onnx": "ONNX Runtime", "relay": "TVM 0.19", "relax": "TVM 0.27"}
_LIBRARIES = {"openblas": "OpenBLAS", "mkl": "MKL", "conv": "ONNX Runtime"}
_GOAL = 1.5
_AGREE = 1e-3
"""Differences below, in units of the largest output, are those of float32 sums in another order."""


def page() -> str:
    """The whole page."""
    makers: Mapping[str, Callable[[Any], str]] = {"models": models, "gemm": gemm, "dynamic": dynamic}
    found = [
        make(json.loads(path.read_text("utf-8")))
        for name, make in makers.items()
        if (path := TRUST / f"{name}.json").exists()
    ]
    return "\n\n".join([HEAD, *found])


def models(rows: Sequence[Mapping[str, Any]]) -> str:
    """Latency and compilation of whole models."""
    kinds = [kind for kind in _PEERS if all(kind in row["peers"] for row in rows)]
    latency = ("model", "threads", "here, ms", *(f"{_PEERS[kind]}, ms (ratio)" for kind in kinds), "outputs")
    compiling = ("model", "here", "here, again", *(_PEERS[kind] for kind in kinds))
    means = "; ".join(f"{_PEERS[kind]} {statistics.geometric_mean(_ratios(rows, kind)):.2f}" for kind in kinds)
    runs = min(row["peers"]["ours"]["runs"] for row in rows)
    single = [row for row in rows if row["threads"] == 1]
    return f"""## Models at batch 1

Median of {runs} runs (`python -m benchmarks models`). Ratios in the geometric mean: {means}.
TVM 0.19 is `relay.build` at level 3 for the processor, untuned; TVM 0.27 builds by default what the model is converted
to. After ten seconds of runs a peer is not run again. *outputs*: of all sides, beside ONNX Runtime's.

{table(latency, (_latency(row, kinds) for row in rows))}

CPU seconds to compile a loaded model; here from the module to the end of the first run. *here, again*: the optimized
module with its kernels known. ONNX Runtime: making what it runs.

{table(compiling, (_compiling(row, kinds) for row in single))}"""


def _ratios(rows: Sequence[Mapping[str, Any]], kind: str) -> list[float]:
    return [row["peers"][kind]["latency"] / row["peers"]["ours"]["latency"] for row in rows]


def _latency(row: Mapping[str, Any], kinds: Sequence[str]) -> Sequence[str]:
    ours = row["peers"]["ours"]["latency"]
    others = [row["peers"][kind]["latency"] for kind in kinds]
    cells = [f"{_number(1e3 * other)} ({other / ours:.2f})" for other in others]
    return (row["model"], str(row["threads"]), _number(1e3 * ours), *cells, _outputs(row))


def _outputs(row: Mapping[str, Any]) -> str:
    wrong = [
        f"{kind} {found['difference']:.0e}" for kind, found in row["peers"].items() if found["difference"] > _AGREE
    ]
    return f"WRONG: {', '.join(wrong)}" if wrong else "agree"


def _compiling(row: Mapping[str, Any], kinds: Sequence[str]) -> Sequence[str]:
    ours = row["peers"]["ours"]
    others = (row["peers"][kind]["compile"] for kind in kinds)
    return (row["model"], *(_number(value) for value in (ours["compile"], ours["warm"], *others)))


def _number(value: float) -> str:
    """Three digits, without an exponent."""
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:.{max(0, min(digits, 4))}f}"


def gemm(rows: Sequence[Mapping[str, Any]]) -> str:
    """Products of matrices and convolutions."""
    pairs = min(row["pairs"] for row in rows)
    means = "; ".join(f"{mean:.2f} on {threads} thread(s)" for threads, mean in _convolutions(rows))
    head = ("what", "threads", "beside", "here, ms", "there, ms", "ratio", "95 % interval")
    told = (
        (
            row["what"],
            str(row["threads"]),
            _LIBRARIES[row["peer"]],
            _number(1e3 * row["ours"]),
            _number(1e3 * row["theirs"]),
            f"{row['ratio']:.2f}",
            "{:.2f} to {:.2f}".format(*row["interval"]),
        )
        for row in rows
    )
    return f"""## Products of matrices and convolutions

Medians of {pairs} pairs, and the interval of the sign test (`python -m benchmarks gemm`). No matrix is a constant; the
weights of the convolutions, ResNet-50's, are; their data and results are NCHW. Convolutions' ratios in the geometric
mean: {means}.

{table(head, told)}"""


def _convolutions(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float]]:
    for threads in sorted({row["threads"] for row in rows}):
        ratios = [row["ratio"] for row in rows if row["peer"] == "conv" and row["threads"] == threads]
        yield threads, statistics.geometric_mean(ratios)


def dynamic(rows: Sequence[Mapping[str, Any]]) -> str:
    """One machine for every size."""
    sizes = sorted({row["size"] for row in rows})
    names = dict.fromkeys(row["what"] for row in rows)
    ratios = {(row["what"], row["size"]): row["ratio"] for row in rows}
    firsts = [[1e3 * row[side] for row in rows] for side in ("dynamic_first", "static_first")]
    first, known = (f"{statistics.median(side):.0f} ms in the median ({max(side):.0f} at most)" for side in firsts)
    within = sum(ratio <= _GOAL for ratio in ratios.values())
    told = ((name, *(f"{ratios[name, size]:.2f}" for size in sizes)) for name in names)
    return f"""## One machine for every size

Batch or sequence known at run time only: one machine, and how many times as long it takes as one made for the very
size, on one thread (`python -m benchmarks dynamic`). {within} of {len(ratios)} are at most {_GOAL}. Kernels for a size
are made when it first comes, for the first 64 of them: that run takes {first}, where
making the other machine and its first run take {known}.

{table(("program", *(f"size {size}" for size in sizes)), told)}"""
