"""Relay's interpreter here computes what an outside party does."""

from __future__ import annotations

from migrate.execution import execute
from migrate.values import leaves
from migrate.verify.agree import compare
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Failure, Oracle
from migrate.verify.properties.property import Check, Property
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError


def agrees_with(oracle: Oracle) -> Property:
    """What a program gives is what the oracle says it gives. Where that gives no answer, nothing is decided.

    Its failures are of ours and of its own alike: a difference shows in whom by
    :func:`migrate.verify.oracles.opinions.opinions`. A crash of the oracle is a failure, a refusal is none.
    """

    def check(program: Program) -> Check:
        try:
            expected = leaves(execute(program.module, program.args, executor="interpreter"))
        except DiagnosticError as error:
            return Check(Outcome.INCONCLUSIVE, str(error), f"refused: {error.diagnostics[0].code.id}", changed=False)
        answer = oracle.answer(program)
        if answer.failure is Failure.CRASHED:
            reason = f"{oracle.name} ends: {answer.message}"
            return Check(Outcome.DIFFERENT, reason, f"{oracle.name}: {Failure.CRASHED.value}")
        if not answer:
            assert answer.failure is not None
            reason = f"{oracle.name}: {answer.failure.value}: {answer.kind} {answer.message}".rstrip()
            return Check(
                Outcome.INCONCLUSIVE, reason, f"{oracle.name}: {answer.failure.value} {answer.kind}", changed=False
            )
        outcome, reason = compare(program.module, program.args, expected, answer.outputs)
        key = "" if outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND) else f"{oracle.name}: {outcome.value}"
        return Check(outcome, f"{oracle.name}: {reason}" if reason else "", key)

    return Property(f"agrees with {oracle.name}", check)
