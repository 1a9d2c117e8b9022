"""What ``relay2relax verify`` says of a program and its own conversion, as a property."""

from __future__ import annotations

from migrate.verify.check import verify
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError

NAME = "verify"


def verified() -> Property:
    """A program and its conversion are equivalent, op by op and end to end. Two failures are the same where the first
    wrong op is.
    """

    def check(program: Program) -> Check:
        try:
            verdict = verify(program.module, None, program.args)
        except DiagnosticError as error:
            return Check(Outcome.DIFFERENT, f"{NAME}: {error}", f"{NAME}: {error.diagnostics[0].code.id}")
        if verdict:
            return Check(verdict.outcome)
        wrong = f", {verdict.witness.op}" if verdict.witness is not None else ""
        return Check(verdict.outcome, f"{NAME}: {verdict.reason}", f"{NAME}: {verdict.outcome.value}{wrong}")

    return Property(NAME, check)
