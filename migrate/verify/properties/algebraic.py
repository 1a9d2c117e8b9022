"""Conversions and passes change nothing that is computed in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from migrate.verify.algebra import same_algebra
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import failed, refused
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule


def keeps_algebra(name: str, transform: Callable[[IRModule], IRModule]) -> Property:
    """``transform(module)`` computes modulo a prime what ``module`` does.

    Programs of which that decides nothing, and those that ``transform`` leaves as they are, pass unchanged.
    """
    stage = f"{name}, in exact arithmetic"

    def check(program: Program) -> Check:
        try:
            after = transform(program.module)
            if after is program.module:
                return Check(Outcome.EXACT, changed=False)
            found = same_algebra(program.module, after, program.args)
        except DiagnosticError as error:
            return refused(stage, error)
        if found.equal is False:
            return failed(f"{stage}: different", found.why)
        return Check(Outcome.EXACT, changed=found.equal is True)

    return Property(stage, check)
