"""tvm.runtime.module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from relax_core.backend import saved
from relay_compat.backend.saved import load_module as load
from tensor_core.measure import BenchmarkResult
from tensor_core.runtime_module import Module

__all__ = ["BenchmarkResult", "Module", "load_module"]


def load_module(path: Any, fmt: str = "") -> Module:
    """A program that was exported: of Relay, or of Relax."""
    del fmt
    with Path(str(path)).open(encoding="utf-8") as file:
        is_relax = saved.is_saved(file.read(len(saved.FORMAT) + 16))
    return saved.load(path) if is_relax else load(path)
