"""Running programs as tvm.relay.backend in TVM 0.19 does it: on numpy, or compiled for the CPU."""

from importlib import import_module
from typing import Any

from relay_compat.backend.executor import Executor
from relay_compat.backend.runtime import Runtime

__all__ = ["Executor", "Runtime"]

_MODULES = frozenset({"_backend", "executor_factory", "interpreter", "te_compiler", "vm"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"relay_compat.backend.{name}")
    raise AttributeError(f"there is no relay.backend.{name}")
