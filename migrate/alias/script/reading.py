"""Reading one script as the release that the alias speaks does."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from migrate.alias.current import current
from relax_core.text.reader import read
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule


def read_script(text: str, file: str, names: Mapping[str, Any], check_well_formed: bool, first_line: int = 1) -> Any:
    """The module, function or tensor program of a script; ``names`` are the Python values that it may mention.

    DiagnosticError for what cannot be read, and unless ``check_well_formed`` is off for what is ill-formed.
    """
    del first_line
    # R, T and I mean their dialects, whatever module they are bound to.
    values = {name: value for name, value in names.items() if not isinstance(value, ModuleType)}
    module = read(text, file, current(), values)
    if check_well_formed:
        found = check(module)
        if found:
            raise DiagnosticError(*found)
    return module if is_module(text) else only_function(module)


def is_module(text: str) -> bool:
    """Whether a script defines a module, and not one function."""
    return any(line.startswith("class ") for line in text.splitlines())


def only_function(module: IRModule) -> Any:
    """The function of a module that holds no other."""
    return next(iter(module.functions.values()))
