"""tvm.registry: global functions, those of TVM that are here among them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from relay_compat.transform.registry import find
from tensor_core import global_functions
from tensor_core.global_functions import register_func, remove_global_func

__all__ = ["get_global_func", "register_func", "remove_global_func"]

_HOMES = {"relay.transform.RecoverVirtualDeviceMap": "relay_compat.devices.lexical"}
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
