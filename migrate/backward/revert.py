"""The backward converter: a Relax module in, a typed Relay module and a report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import relax_core.ir.expr as relax
import relay_compat.ir.module as relay_module
from migrate.backward.function import FunctionReverter
from migrate.backward.objects import object_types
from migrate.backward.shared import Shared
from migrate.callers import callers
from migrate.reading import is_relax
from migrate.report.model import Fate, FunctionOutcome, Outcome, Report
from migrate.report.shown import Shown
from relax_core.normalize import normalize
from relax_core.text.release import NEWEST
from relay_compat.ir.expr import GlobalVar as RelayGlobalVar
from relay_compat.json.writer import save_json
from relay_compat.params import save_params
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_expr, infer_types
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.trampoline import run

Functions = Mapping[GlobalVar, relax.Function]
Refused = dict[GlobalVar, DiagnosticError]


@dataclass(frozen=True, slots=True)
class Reversion(Shown):
    """What a conversion back gives: the typed Relay module and the report of what became of every operator call."""

    module: relay_module.IRModule
    report: Report

    def text(self) -> str:
        """The module as TVM 0.19 reads it: its own form, with all digits of numbers."""
        return print_module(self.module, exact=True)

    def json(self) -> str:
        """The module as TVM 0.19 saves it."""
        return save_json(self.module)

    def params_bytes(self) -> bytes:
        """The arrays that belong to the module, as ``relay.save_param_dict`` writes them."""
        return save_params(self.module.params)


def revert(module: IRModule) -> Reversion:
    """Convert ``module`` from Relax to Relay. It stays as it is; operators mean what its release says.

    A function with something that Relay cannot say is left out and reported (R2R0404), as are those that call it.
    What a module for Relax took from Relay comes back: large constants that became parameters (``num_input``) are
    constants again where the module has their arrays.
    Raises R2R0405 for a module that is Relay already, and the errors of type deduction for an ill-typed one (R2R02xx).

    Shapes and element types stay; a symbolic dimension becomes ``?``.

    Source: the text is one that TVM 0.19 reads and builds, which tests with a real one decide.
    """
    if not is_relax(module):
        raise fail(codes.BAD_TARGET, "the module is Relay already", hint="convert takes Relay modules to Relax")
    release = module.release or NEWEST
    source = normalize(module, release)
    report = Report("0.19", f"Relax {release}", "Relay")
    made = relay_module.IRModule(attrs=source.attrs)
    functions = {var: item for var, item in source.functions.items() if isinstance(item, relax.Function)}
    shared = Shared(source, release, report, {v: RelayGlobalVar(v.name) for v in functions}, object_types(source))
    refused: Refused = {}
    used: set[str] = set()
    for var, function in functions.items():
        reverter = FunctionReverter(var.name, shared)
        constants = shared.constants(var)
        used.update(function.params[place].name for place in constants)
        try:
            made[shared.functions[var]] = run(reverter.revert(function, shared.attrs_of(function, True), constants))
        except DiagnosticError as error:
            refused[var] = error
        report.assumptions += reverter.sizes.assumptions
    _leave_out_callers(made, shared, functions, refused)
    typed = _typed(made, shared, functions, refused)
    _record(report, functions, refused)
    typed.params.update({name: array for name, array in source.params.items() if name not in used})
    return Reversion(typed, report)


def _leave_out_callers(made: relay_module.IRModule, shared: Shared, functions: Functions, refused: Refused) -> None:
    for var, callee in callers(functions, refused).items():
        message = f"@{callee.name} is not converted, so it cannot be called"
        hint = "see what the report says of it"
        refused[var] = fail(codes.REVERT_UNSUPPORTED, message, functions[var].span, hint)
        del made[shared.functions[var]]


def _typed(
    made: relay_module.IRModule, shared: Shared, functions: Functions, refused: Refused
) -> relay_module.IRModule:
    """The module with its types; a function that inference finds none for is refused, as are those that call it."""
    try:
        return infer_types(made)
    except DiagnosticError:
        # Some function's: each is asked alone, where the types of the others are what they state.
        for var, name in shared.functions.items():
            if var in refused:
                continue
            try:
                infer_expr(made[name], made)
            except DiagnosticError as error:
                message = f"Relay finds no types for it: {error.diagnostics[0].message}"
                hint = "annotate the values that are functions or objects more closely"
                span = error.diagnostics[0].span or functions[var].span
                refused[var] = fail(codes.REVERT_UNSUPPORTED, message, span, hint)
                del made[name]
        _leave_out_callers(made, shared, functions, refused)
        return infer_types(made)


def _record(report: Report, functions: Functions, refused: Refused) -> None:
    """What became of every function; of those that are left out, only what was refused is told."""
    left = {var.name for var in refused}
    report.conversions[:] = [
        item for item in report.conversions if item.function not in left or item.outcome is Outcome.REFUSED
    ]
    report.assumptions[:] = [item for item in report.assumptions if item.function not in left]
    for var, function in sorted(functions.items(), key=lambda item: item[0].name):
        error = refused.get(var)
        if error is None:
            report.functions.append(FunctionOutcome(var.name, Fate.CONVERTED, var.name, span=function.span))
            continue
        report.diagnostics += error.diagnostics
        first = error.diagnostics[0]
        report.functions.append(FunctionOutcome(var.name, Fate.REFUSED, "", first.message, first.span))
