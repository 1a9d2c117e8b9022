"""Functions that are left out of a converted module: those that are refused, and those that call them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.callers import callers
from migrate.forward.shared import Shared
from migrate.forward.survey import Survey
from migrate.report.model import Fate, FunctionOutcome, Report
from relax_core.analysis.variables import all_global_vars
from relax_core.reachable import is_exposed
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import GlobalVar, IRModule

_UNUSED = "only functions that are left out call it"


def refuse(var: GlobalVar, function: relay.Function, error: DiagnosticError, report: Report) -> None:
    """Report a function that is left out."""
    report.diagnostics += error.diagnostics
    first = error.diagnostics[0]
    span = first.span or function.span
    report.functions.append(FunctionOutcome(var.name, Fate.REFUSED, reason=first.message, span=span))


def leave_out(refused: Collection[GlobalVar], survey: Survey, shared: Shared) -> None:
    """Leave out the functions whose bodies were refused: also those that call them, which may have been converted
    before that was known, and what was made for the sake of either.
    """
    if not refused:
        return
    report, result, known = shared.report, shared.module, shared.globals
    found = callers(survey.globals, refused)
    gone = {var: callee for var, callee in found.items() if var in known and known[var].symbol in result.functions}
    converted = {var.name for var in gone}
    report.functions[:] = [item for item in report.functions if item.function not in converted]
    for var, callee in gone.items():
        del result[known[var].symbol]
        message, hint = f"@{callee.name} is not converted, so it cannot be called", "see what the report says of it"
        function = survey.globals[var]
        refuse(var, function, fail(codes.REFUSED_CONSTRUCT, message, function.span, hint), report)
    names = converted | {var.name for var in refused}
    report.conversions[:] = [item for item in report.conversions if item.function not in names]
    report.assumptions[:] = [item for item in report.assumptions if item.function not in names]
    _prune(result, [var for var, function in result.functions.items() if is_exposed(function)])
    present = {var.name for var in result.functions}
    report.functions[:] = [
        replace(item, fate=Fate.UNUSED, name="", reason=_UNUSED) if item.name and item.name not in present else item
        for item in report.functions
    ]
    functions = [item for item in result.functions.values() if isinstance(item, relax.Function)]
    taken = {param.name for function in functions for param in function.params}
    for constant in [constant for constant in report.lifted if constant not in taken]:
        del report.lifted[constant]
        result.params.pop(constant, None)


def _prune(module: IRModule, roots: Iterable[GlobalVar]) -> None:
    """Take out of a module what these functions do not need."""
    kept: set[GlobalVar] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name in module.functions and name not in kept:
            kept.add(name)
            pending += all_global_vars(module.functions[name])
    for name in [name for name in module.functions if name not in kept]:
        del module[name]
