"""Which of TVM's public names the alias covers, module by module."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from migrate.alias.current import speaking
from migrate.alias.finder import home_of
from migrate.alias.profile import Profile, profile


@dataclass(frozen=True, slots=True)
class Coverage:
    """One module of TVM: its covered names with what stands behind them, and the names that are missing."""

    module: str
    covered: dict[str, Any]
    missing: tuple[str, ...]


def coverage(release: str) -> list[Coverage]:
    """Every module of a release's profile, by name."""
    result: list[Coverage] = []
    known = profile(release)
    with speaking(release):
        for name, names in sorted(known.modules.items()):
            home = home_of(name, known)
            module = import_module(home) if home else None
            found = ((item, _find(module, f"{name}.{item}", known)) for item in sorted(names))
            covered = {item: value for item, value in found if value is not _ABSENT}
            result.append(Coverage(name, covered, tuple(sorted(names - covered.keys()))))
    return result


def signatures(release: str) -> Iterator[str]:
    """One line per covered name: the name, then for what can be called its signature."""
    for item in coverage(release):
        for name, value in item.covered.items():
            yield f"{item.module}.{name}{_signature(value)}"


_ABSENT = object()


def _find(module: ModuleType | None, name: str, known: Profile) -> Any:
    if module is None:
        return _ABSENT
    value = getattr(module, name.rpartition(".")[2], _ABSENT)
    if value is not _ABSENT:
        return value
    home = home_of(name, known)
    return import_module(home) if home else _ABSENT


def _signature(value: Any) -> str:
    if not callable(value):
        return ""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "(...)"
    return str(inspect.Signature([_plain(parameter) for parameter in signature.parameters.values()]))


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """Without annotation; a default that is an object without a text of its own is shown as dots."""
    default = ... if " at 0x" in repr(parameter.default) else parameter.default
    return parameter.replace(annotation=inspect.Parameter.empty, default=default)
