"""tvm.runtime.module."""

from __future__ import annotations

from typing import Any

from relay_compat.backend.saved import load_module as load
from tensor_core.measure import BenchmarkResult
from tensor_core.runtime_module import Module

__all__ = ["BenchmarkResult", "Module", "load_module"]


def load_module(path: Any, fmt: str = "") -> Module:
    """A program that was exported."""
    del fmt
    return load(path)
