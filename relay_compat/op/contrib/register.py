"""Tables of the patterns that outside compilers take (tvm.relay.op.contrib.register in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_PATTERN_TABLES: dict[str, Any] = {}


def register_pattern_table(compiler: str, table: Callable[[], Any] | None = None) -> Any:
    """Register what a function returns as the table of a compiler; without a function, a decorator that does."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        _PATTERN_TABLES[compiler] = make()
        return make

    return register if table is None else register(table)


def get_pattern_table(compiler: str) -> Any:
    """The table of a compiler; None when there is none."""
    return _PATTERN_TABLES.get(compiler)
