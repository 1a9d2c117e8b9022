"""Reading one script as the release that the alias speaks does."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from migrate.alias.current import current
from relax_core.ir.expr import IRModule
from relax_core.text.reader import read
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError


def read_script(text: str, file: str, names: Mapping[str, Any], check_well_formed: bool, first_line: int = 1) -> Any:
    """The module, function or tensor program of a script; ``names`` are the Python values that it may mention.

    DiagnosticError for what cannot be read, and unless ``check_well_formed`` is off for what is ill-formed.
    """
    del first_line
    # R, T and I mean their dialects, whatever module they are bound to.
    values = {name: value for name, value in names.items() if not isinstance(value, ModuleType)}
    module = read(text, file, current(), values)
    result = module if is_module(text) else only_function(module)
    if check_well_formed:
        found = check(module if result is module else _alone(module, result))
        if found:
            raise DiagnosticError(*found)
    return result


def _alone(module: IRModule, function: Any) -> IRModule:
    """The module with its one function under the name of its symbol, which an attribute may have set."""
    result = IRModule({**module.functions}, None, module.attrs, module.global_infos, release=module.release)
    attrs: Mapping[str, Any] = getattr(function, "attrs", None) or {}
    symbol = attrs.get("global_symbol")
    var = next(var for var, item in module.functions.items() if item is function)
    if symbol is not None and symbol != var.name:
        del result[var]
        result[str(symbol)] = function
    return result


def is_module(text: str) -> bool:
    """Whether a script defines a module, and not one function."""
    return any(line.startswith("class ") for line in text.splitlines())


def only_function(module: IRModule) -> Any:
    """The function of a module that holds no other."""
    return next(iter(module.functions.values()))
