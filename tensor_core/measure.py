"""Run times as TVM's runtime reports them (tvm.runtime.module.BenchmarkResult in TVM 0.19)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class BenchmarkResult:
    """Seconds per run of several repeats."""

    def __init__(self, results: Sequence[float]) -> None:
        self.results = tuple(results)
        self.mean = float(np.mean(self.results))
        self.std = float(np.std(self.results))
        self.median = float(np.median(self.results))
        self.min = float(np.min(self.results))
        self.max = float(np.max(self.results))

    def __repr__(self) -> str:
        return (
            f"BenchmarkResult(min={self.min}, mean={self.mean}, median={self.median}, max={self.max}, std={self.std})"
        )

    def __str__(self) -> str:
        names = ("mean", "median", "max", "min", "std")
        head = "".join(f"{name + ' (ms)':^13}" for name in names)
        row = "".join(f"{getattr(self, name) * 1000:^13.4f}" for name in names)
        return f"Execution time summary:\n{head}\n{row}"


def measure(once: Callable[[], Any], repeat: int, number: int, min_repeat_ms: int) -> BenchmarkResult:
    """Run ``number`` times in each of ``repeat`` rounds, more where a round would be shorter than ``min_repeat_ms``."""
    once()
    return BenchmarkResult([_round(once, number, min_repeat_ms / 1000) for _ in range(repeat)])


def _round(once: Callable[[], Any], number: int, at_least: float) -> float:
    runs, start = 0, time.perf_counter()
    while True:
        for _ in range(number):
            once()
        runs += number
        spent = time.perf_counter() - start
        if spent >= at_least:
            return spent / runs
