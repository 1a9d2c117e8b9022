"""Conversions and passes change nothing that is computed in real arithmetic, for which float64 stands."""

from __future__ import annotations

from collections.abc import Callable

from migrate.execution import bind_args
from migrate.verify import shadow
from migrate.verify.agree import Judge
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import failed, refused
from migrate.verify.shadow import Shadow
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule


def keeps_reals(name: str, transform: Callable[[IRModule], IRModule]) -> Property:
    """``transform(module)`` computes in float64 what ``module`` does, but for what roundings explain."""
    stage = f"{name}, in float64"

    def check(program: Program) -> Check:
        try:
            after = transform(program.module)
            if after is program.module:
                return Check(Outcome.EXACT, changed=False)
            judge = Judge(program.module, program.args)
            left = Shadow(program.module, program.args, judge.expected)
            right = Shadow(after, bind_args(after, program.args), judge.expected)
            found = shadow.difference(left, right, judge.open)
        except DiagnosticError as error:
            return refused(stage, error)
        return Check(Outcome.EXACT) if found is None else failed(f"{stage}: different", str(found))

    return Property(stage, check)
