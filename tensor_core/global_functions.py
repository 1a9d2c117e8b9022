"""Global functions by name (tvm.register_func): a table of Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_functions: dict[str, Callable[..., Any]] = {}


def register_func(func_name: Any, f: Callable[..., Any] | None = None, override: bool = False) -> Any:
    """Register a function, or without one make a decorator that does. ValueError for a name that is taken."""
    if callable(func_name):
        return register_func(func_name.__name__, func_name, override)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if func_name in _functions and not override:
            raise ValueError(f"Global PackedFunc {func_name} is already registered")
        _functions[func_name] = function
        return function

    return register if f is None else register(f)


def get_global_func(name: str, allow_missing: bool = False) -> Callable[..., Any] | None:
    """The function of this name. ValueError when there is none, or None with ``allow_missing``."""
    if name not in _functions and not allow_missing:
        raise ValueError(f"Cannot find global function {name}")
    return _functions.get(name)


def remove_global_func(name: str) -> None:
    """Forget a function."""
    _functions.pop(name, None)


def list_global_func_names() -> list[str]:
    """The names of all functions, sorted."""
    return sorted(_functions)
