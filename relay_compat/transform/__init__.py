"""Passes over Relay modules (tvm.relay.transform in TVM 0.19).

``FoldConstant()`` and its like make a pass; a pass is called with a module and returns another.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from relay_compat.transform.function_pass import FunctionPass, function_pass
from relay_compat.transform.registry import HOME_OF, find

__all__ = ["FunctionPass", "function_pass", *HOME_OF]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "_ffi_api":
        return import_module("relay_compat.transform._ffi_api")
    found = find(name)
    if found is None:
        raise AttributeError(f"module 'relay_compat.transform' has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *HOME_OF})
