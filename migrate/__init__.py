"""What users run: read a module, convert it, run it, verify it. These five names are stable.

module = migrate.load("model.relay", params="model.params")
result = migrate.convert(module, target="0.27")
print(result.script())
verdict = migrate.verify(module, result.module)
"""

from __future__ import annotations

from migrate.backward.revert import Reversion, revert
from migrate.execution import run
from migrate.forward.convert import convert
from migrate.forward.result import ConversionResult
from migrate.reading import load
from migrate.verify.check import verify
from migrate.verify.verdict import Verdict
from tensor_core.diagnostics import DiagnosticError

__all__ = ["ConversionResult", "DiagnosticError", "Reversion", "Verdict", "convert", "load", "revert", "run", "verify"]
