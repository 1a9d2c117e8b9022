"""tvm.topi.utils."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def get_const_tuple(in_tuple: Iterable[Any]) -> tuple[Any, ...]:
    """Known dimensions as plain ints, others as they are."""
    return tuple([int(item) if isinstance(item, int) else item for item in in_tuple])


def get_const_int(expr: Any) -> int:
    """A known number as a plain int."""
    return int(expr)
