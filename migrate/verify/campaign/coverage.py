"""What a program holds and which of the converter's ways it takes, counted."""

from __future__ import annotations

from migrate.forward.convert import convert
from migrate.verify.generate.coverage import Counts
from migrate.verify.generate.coverage import coverage as held
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

RULES = "rules"


def coverage(module: IRModule) -> Counts:
    """By kind and name: what the module holds, and for each operator in what ways its calls are converted."""
    found = held(module)
    try:
        report = convert(module).report
    except DiagnosticError:
        # The properties say so.
        return found
    found.update((RULES, f"{item.op}: {item.outcome.value}") for item in report.conversions)
    return found
