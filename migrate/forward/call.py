"""Calls of operators: by card, or kept as external calls when no card knows the operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.adapters import ADAPTERS
from migrate.forward.say import Speaker
from migrate.forward.shared import Shared
from migrate.forward.types import convert_type
from migrate.report.model import Conversion, Outcome, Report
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.ops.spelling import relay_params

_OF_THE_CALL = (codes.REFUSED_OP, codes.TYPE_MISMATCH, codes.BAD_PARAMETER, codes.MALFORMED_KERNEL)
"""Codes of what keeps one call from being said: of calls that Relay types and nothing can compute, for one."""

EXTERNAL_PREFIX = "relay."
"""An opaque operator NAME is called as the external function relay.NAME, in destination-passing style."""


def convert_op_call(
    call: relay.Call, args: Sequence[relax.Expr], speaker: Speaker, shared: Shared, function: str
) -> relax.Expr:
    """Say one op call and record what it became; an op that cannot be said is kept as an external call and reported."""
    assert isinstance(call.op, relay.Op)
    card, name, report = call.op.card, call.op.name, shared.report
    speaker.said.clear()
    if card is None:
        message = f"no card knows {name}: it is called as the external function {EXTERNAL_PREFIX}{name}"
        return _opaque(
            call,
            args,
            speaker,
            report,
            function,
            Diagnostic(
                codes.OPAQUE_OP, message, call.span, "register a card for it (entry point group relay2relax.ops)"
            ),
        )
    try:
        types = [argument.checked_type for argument in call.args if isinstance(argument, relay.RelayExpr)]
        params = relay_params(card, call.attrs or {}, types)
        adapted = _adapted(card.name, params, args, shared)
        if adapted is not None:
            value = speaker.emitter.normal(adapted)
            said = (adapted.op.name,) if isinstance(adapted.op, relax.Op) else ()
            report.conversions.append(Conversion(function, name, Outcome.DIRECT, said, "", call.span))
            return value
        value, outcome, reason = speaker.say(card, params, args, convert_type(call.checked_type, call.span))
    except Reject as rejection:
        diagnostic = Diagnostic(
            codes.REFUSED_OP, f"{name}: {rejection.message}", call.span, "it is kept as an external call"
        )
        return _opaque(call, args, speaker, report, function, diagnostic)
    except DiagnosticError as error:
        if error.diagnostics[0].code not in _OF_THE_CALL:
            raise
        return _opaque(
            call,
            args,
            speaker,
            report,
            function,
            Diagnostic(codes.REFUSED_OP, error.diagnostics[0].message, call.span, "it is kept as an external call"),
        )
    report.conversions.append(Conversion(function, name, outcome, tuple(speaker.said), reason, call.span))
    return value


def _adapted(name: str, params: Any, args: Sequence[relax.Expr], shared: Shared) -> relax.Call | None:
    """The call for an operator whose card cannot state as data how Relax says it."""
    adapter = ADAPTERS.get(name)
    return adapter(params, args, shared.module, shared.options.target) if adapter else None


def _opaque(
    call: relay.Call,
    args: Sequence[relax.Expr],
    speaker: Speaker,
    report: Report,
    function: str,
    diagnostic: Diagnostic,
) -> relax.Expr:
    assert isinstance(call.op, relay.Op)
    outcome = Outcome.OPAQUE if call.op.card is None else Outcome.REFUSED
    callee = relax.ExternFunc(EXTERNAL_PREFIX + call.op.name)
    type_ = convert_type(call.checked_type, call.span)
    external = relax.Call(relax.op("relax.call_dps_packed"), (callee, relax.Tuple(tuple(args))), ty_args=(type_,))
    report.conversions.append(
        Conversion(function, call.op.name, outcome, (f"call_dps_packed {callee.name}",), diagnostic.message, call.span)
    )
    report.diagnostics.append(diagnostic)
    return speaker.emitter.normal(external)
