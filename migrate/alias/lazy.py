"""Modules whose names stand in a table: loaded when asked for, and only those that the release has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from migrate.alias.current import current
from migrate.alias.profile import profile


def lazy(modules: str, homes: Mapping[str, str], more: Callable[[str], Any] | None = None) -> Callable[[str], Any]:
    """A ``__getattr__`` for an alias module.

    ``modules`` are its names in TVM, separated by spaces: a name is there when a release has it in one of them.
    ``homes`` gives for each module of this program the names that stand in it, also separated by spaces; ``a=b`` says
    that TVM's ``a`` is called ``b`` there, and ``a=`` that it is the module itself. ``more`` answers for other names.
    """
    table: dict[str, tuple[str, str]] = {}
    for home, names in homes.items():
        for name in names.split():
            ours, equals, theirs = name.partition("=")
            table[ours] = home, (theirs if equals else ours)
    listed = modules.split()

    def find(name: str) -> Any:
        if name == "__all__":
            return [item for item in table if _has(listed, item)]
        if name.startswith("__"):
            raise AttributeError(name)
        found = table.get(name)
        if found is None and more is not None and _has(listed, name):
            return more(name)
        if found is None or not (name.startswith("_") or not found[1] or _has(listed, name)):
            raise AttributeError(f"{listed[0]} has no name {name}")
        module = _home(found[0])
        return getattr(module, found[1]) if found[1] else module

    return find


def _home(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise AttributeError(f"what would stand in {error.name} is not covered") from None


def _has(modules: list[str], name: str) -> bool:
    known = profile(current()).modules
    return any(name in known.get(module, ()) or f"{module}.{name}" in known for module in modules)
