"""tvm.script.tir: typed integer constants."""

from __future__ import annotations

from typing import Any

from migrate.alias.tvm.tir.expr import const


def int32(value: int) -> Any:
    """An int32 constant."""
    return const(value, "int32")


def int64(value: int) -> Any:
    """An int64 constant."""
    return const(value, "int64")


__all__ = ["int32", "int64"]
