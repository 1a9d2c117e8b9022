"""The backward converter: a Relax module in, a typed Relay module and a report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import relax_core.ir.expr as relax
import relay_compat.ir.module as relay_module
from migrate.backward.function import FunctionReverter
from migrate.backward.objects import object_types
from migrate.backward.shared import Shared
from migrate.reading import is_relax
from migrate.report.model import Fate, FunctionOutcome, Outcome, Report
from relax_core.normalize import normalize
from relax_core.text.release import NEWEST
from relay_compat.ir.expr import GlobalVar as RelayGlobalVar
from relay_compat.json.writer import save_json
from relay_compat.params import save_params
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.types import Type


@dataclass(frozen=True, slots=True)
class Reversion:
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
    """Convert a Relax module to Relay. The module stays as it is; operators mean what its release says.

    A function with something that Relay cannot say is left out and reported (R2R0404), as are those that call it.
    What a module for Relax took from Relay comes back: large constants that became parameters (``num_input``) are
    constants again where the module has their arrays.
    Raises R2R0405 for a module that is Relay already, and the errors of type deduction for an ill-typed one.
    """
    if not is_relax(module):
        raise fail(codes.BAD_TARGET, "the module is Relay already", hint="convert takes Relay modules to Relax")
    release = module.release or NEWEST
    source = normalize(module, release)
    report = Report("0.19", f"Relax {release}", "Relay")
    objects = object_types(source)
    pending = [(var, item) for var, item in source.functions.items() if isinstance(item, relax.Function)]
    while True:
        made = _attempt(source, release, report, pending, objects)
        if len(made.functions) == len(pending):
            break
        # What calls a function that was left out goes, too; the others are said again without them.
        left = {var.name for var in made.functions}
        pending = [(var, item) for var, item in pending if var.name in left]
        kept = [item for item in report.conversions if item.outcome is Outcome.REFUSED and item.function not in left]
        report.conversions[:] = kept
        report.assumptions.clear()
    report.functions.sort(key=lambda item: item.function)
    return Reversion(infer_types(made), report)


def _attempt(
    source: IRModule,
    release: str,
    report: Report,
    pending: list[tuple[GlobalVar, relax.Function]],
    objects: Mapping[relax.Var, Type],
) -> relay_module.IRModule:
    """Those of the functions that can be said, called by nothing but each other."""
    made = relay_module.IRModule(attrs=source.attrs)
    shared = Shared(source, release, report, {var: RelayGlobalVar(var.name) for var, _ in pending}, objects)
    used: set[str] = set()
    known = {item.function for item in report.functions}
    for var, function in pending:
        reverter = FunctionReverter(var.name, shared)
        constants = shared.constants(var)
        used.update(function.params[place].name for place in constants)
        try:
            result = reverter.revert(function, shared.attrs_of(function, is_global=True), constants)
        except DiagnosticError as error:
            report.diagnostics += error.diagnostics
            first = error.diagnostics[0]
            report.functions.append(FunctionOutcome(var.name, Fate.REFUSED, "", first.message, first.span))
            continue
        report.assumptions += reverter.sizes.assumptions
        made[shared.functions[var]] = result
    if len(made.functions) == len(pending):
        done = [FunctionOutcome(var.name, Fate.CONVERTED, var.name, span=f.span) for var, f in pending]
        report.functions += [item for item in done if item.function not in known]
    made.params.update({name: array for name, array in source.params.items() if name not in used})
    return made
