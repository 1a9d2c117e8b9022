"""What users run: read a module, convert it, run it, verify it. These names are stable.

module = migrate.load("model.relay", params="model.params")
result = migrate.convert(module, target="0.27")
print(result.script())
verdict = migrate.verify(module, result.module)

Each is loaded when it is first asked for: ``relay2relax --help`` needs neither a compiler nor the operators. The import
itself chooses the CPU backend for whatever runs programs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tensor_core.execution import Runner, use_compiler

if TYPE_CHECKING:
    from migrate.backward.revert import Reversion, revert
    from migrate.execution import run
    from migrate.forward.convert import convert
    from migrate.forward.result import ConversionResult
    from migrate.reading import load
    from migrate.verify.check import verify
    from migrate.verify.verdict import Verdict
    from tensor_core.diagnostics import DiagnosticError
    from tensor_core.program import Program

__all__ = ["ConversionResult", "DiagnosticError", "Reversion", "Verdict", "convert", "load", "revert", "run", "verify"]

_HOMES = {
    "ConversionResult": "migrate.forward.result",
    "DiagnosticError": "tensor_core.diagnostics",
    "Reversion": "migrate.backward.revert",
    "Verdict": "migrate.verify.verdict",
    "convert": "migrate.forward.convert",
    "load": "migrate.reading",
    "revert": "migrate.backward.revert",
    "run": "migrate.execution",
    "verify": "migrate.verify.check",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _compiled(program: Program) -> Runner:
    machine: Runner = import_module("cpu_backend.machine").Machine(program)
    return machine


use_compiler(_compiled)


class _Api(ModuleType):
    """The import of a submodule also sets it as an attribute; that of ``migrate.verify`` must not hide the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Api
