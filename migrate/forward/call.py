"""Calls of operators: by card; what cannot be said gets a stub that fails when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.adapters import ADAPTERS
from migrate.forward.say import Speaker
from migrate.forward.shared import Shared
from migrate.report.model import Conversion, Outcome
from tensor_core import codes
from tensor_core.diagnostics import Code, Diagnostic, DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.ops.spelling import relay_params
from tensor_core.types import Type

_OF_THE_CALL = (codes.REFUSED_OP, codes.TYPE_MISMATCH, codes.BAD_PARAMETER, codes.MALFORMED_KERNEL)
"""Codes of what keeps one call from being said: of calls that Relay types and nothing can compute, for one."""

_REMEDY = "give the operator a card (docs/howto/add_an_op.md; entry point group relay2relax.ops)"


def convert_op_call(
    call: relay.Call,
    args: Sequence[relax.Expr],
    types: Sequence[Type],
    speaker: Speaker,
    shared: Shared,
    function: str,
    type_: Type,
) -> relax.Expr:
    """Say one op call and record what it became; what cannot be said gets a stub and is reported.

    ``types``: of the arguments, as Relay has them, ``type_``: the call's in Relax.
    """
    assert isinstance(call.op, relay.Op)
    card, name, report = call.op.card, call.op.name, shared.report
    speaker.said.clear()
    speaker.lossy = ""
    if card is None:
        return stub(call, args, speaker, shared, function, type_, codes.OPAQUE_OP, f"no card knows {name}")
    try:
        params = relay_params(card, call.attrs or {}, types)
        adapted = _adapted(card.name, params, args, shared)
        if adapted is not None:
            value = speaker.emitter.normal(adapted)
            said = (adapted.op.name,) if isinstance(adapted.op, relax.Op) else ()
            report.conversions.append(Conversion(function, name, Outcome.DIRECT, said, "", call.span))
            return value
        value, outcome, reason = speaker.say(card, params, args, type_)
    except Reject as rejection:
        return stub(call, args, speaker, shared, function, type_, codes.REFUSED_OP, f"{name}: {rejection.message}")
    except DiagnosticError as error:
        if error.diagnostics[0].code not in _OF_THE_CALL:
            raise
        return stub(call, args, speaker, shared, function, type_, codes.REFUSED_OP, error.diagnostics[0].message)
    said = tuple(speaker.said)
    report.conversions.append(Conversion(function, name, outcome, said, reason, call.span, speaker.lossy))
    return value


def _adapted(name: str, params: Any, args: Sequence[relax.Expr], shared: Shared) -> relax.Call | None:
    """The call for an operator whose card cannot state as data how Relax says it."""
    adapter = ADAPTERS.get(name)
    return adapter(params, args, shared.module, shared.options.target) if adapter else None


def stub(
    call: relay.Call,
    args: Sequence[relax.Expr],
    speaker: Speaker,
    shared: Shared,
    function: str,
    type_: Type,
    code: Code,
    reason: str,
) -> relax.Expr:
    """A call that fails when it runs in the place of one that cannot be said."""
    assert isinstance(call.op, relay.Op)
    value, callee = shared.stubs.call(call.op.name, call.attrs or {}, args, type_, speaker.emitter)
    outcome = Outcome.OPAQUE if call.op.card is None else Outcome.REFUSED
    shared.report.conversions.append(Conversion(function, call.op.name, outcome, (callee,), reason, call.span))
    hint = f"its place is taken by {callee}, which fails when it runs: write that, or {_REMEDY}"
    shared.report.diagnostics.append(Diagnostic(code, reason, call.span, hint))
    return value
