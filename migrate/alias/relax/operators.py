"""tvm.relax.op: the functions that build operator calls, in the release that the alias speaks."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from migrate.alias.current import current
from relax_core.op import creator, names
from relax_core.passes.op_gradients import register_gradient

__all__ = ["GROUPS", "find", "group", "within"]

GROUPS = (
    "builtin", "ccl", "distributed", "grad", "image", "inspect", "memory", "nn", "random", "vision", "vm",
)  # fmt: skip
"""The groups of functions that tvm.relax.op has."""


def find(name: str) -> Any:
    """``relax.op.<name>``: a function or a group of them; AttributeError when there is none."""
    if name in GROUPS:
        return group(name)
    if name == "register_gradient":
        return register_gradient
    try:
        return _function(name)
    except AttributeError:
        # The functions of this group also stand in relax.op itself.
        return _function(f"vision.{name}")


def group(name: str) -> ModuleType:
    """``relax.op.<name>`` for a group of functions such as "nn"."""
    return _Group(name)


def within(prefix: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for the module of one group, "nn." for example."""

    def get(name: str) -> Any:
        if name == "__all__":
            return names(prefix, current())
        if name.startswith("__"):
            raise AttributeError(name)
        return _function(prefix + name)

    return get


def _function(path: str) -> Any:
    return creator(path, current())


class _Group(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return within(f"{self.__name__}.")(name)
