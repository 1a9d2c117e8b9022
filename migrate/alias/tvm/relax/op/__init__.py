"""tvm.relax.op: the functions that build operator calls."""

from __future__ import annotations

from typing import Any

from migrate.alias.relax.operators import find, within


def __getattr__(name: str) -> Any:
    return within("")(name) if name.startswith("__") else find(name)
