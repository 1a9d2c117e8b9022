"""tvm.registry: global functions, those of TVM that are here among them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from relay_compat.transform.registry import find
from tensor_core import global_functions
from tensor_core.global_functions import register_func, remove_global_func

__all__ = ["get_global_func", "init_api", "register_func", "register_object", "remove_global_func"]

_HOMES = {
    "relay.backend.GraphPlanMemory": "relay_compat.backend.memory_plan",
    "relay.transform.ManifestAlloc": "relay_compat.passes.manifest_alloc",
    "relay.transform.RecoverVirtualDeviceMap": "relay_compat.devices.lexical",
}
"""The modules that register functions which Python of TVM asks for by name."""
_PASSES = "relay._transform."
"""Before the names of passes."""


def get_global_func(name: str, allow_missing: bool = False) -> Callable[..., Any] | None:
    """The function of this name. ValueError when there is none, or None with ``allow_missing``."""
    if name in _HOMES:
        import_module(_HOMES[name])
    if name.startswith(_PASSES) and (found := find(name.removeprefix(_PASSES))) is not None:
        return found
    return global_functions.get_global_func(name, allow_missing)


def register_object(type_key: Any = None) -> Any:
    """Note a Python class for a type of the compiler, as a decorator: with its key, or for the class itself.

    There is no compiler behind it: the class stays as it is, and what would make its objects is missing by name.
    """
    return type_key if isinstance(type_key, type) else _itself


def _itself(cls: Any) -> Any:
    return cls


def init_api(namespace: str, target: str | None = None) -> None:
    """Make the global functions of a namespace names of a module, as ``_init_api("relay.ext.x", __name__)`` does.

    ``namespace``: what their names begin with, or the module itself behind ``tvm.``.
    """
    module = sys.modules[target or namespace]
    prefix = f"{namespace.removeprefix('tvm.')}."
    for name in global_functions.list_global_func_names():
        if name.startswith(prefix) and "." not in name.removeprefix(prefix):
            setattr(module, name.removeprefix(prefix), global_functions.get_global_func(name))
