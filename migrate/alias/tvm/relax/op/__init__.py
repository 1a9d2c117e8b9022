"""tvm.relax.op: the functions that build operator calls."""

from __future__ import annotations

from typing import Any

from migrate.alias.lazy import lazy
from migrate.alias.relax.operators import find, within


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return within("")(name)
    try:
        return _beside(name)
    except AttributeError:
        return find(name)


_beside = lazy("tvm.relax.op", {"migrate.alias.relax.gradients": "register_gradient"})
