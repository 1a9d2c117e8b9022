"""The diagnostics of type inference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Var
from relay_compat.ir.types import Type
from relay_compat.types.solve import Mismatch
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.spelling import told
from tensor_core.spans import Span

_MOST = 20


def span_of(node: object) -> Span | None:
    """Where a node stands; None when nothing is known."""
    return getattr(node, "span", None)


def name_of(callee: Expr) -> str:
    """A callee for messages."""
    name = getattr(callee, "name", None)
    if name is None:
        return "this function" if isinstance(callee, Function) else "this value"
    prefix = "%" if isinstance(callee, Var) else "@" if isinstance(callee, GlobalVar) else ""
    return f"{prefix}{name}"


def arity(call: Call, least: int, most: int) -> DiagnosticError:
    """R2R0201: a call with too few or too many arguments."""
    count = len(call.args)
    expected = str(most) if least == most else f"{least} to {most}"
    few = "few" if count < least else "many"
    message = f"{name_of(call.op)} is given too {few} arguments: expected {expected}, found {count}"
    return DiagnosticError(Diagnostic(codes.ARITY, message, call.span))


def rejected(call: Call, card: OpCard[object], reject: Reject, types: Sequence[Type]) -> DiagnosticError:
    """R2R0202 or R2R0204: an op's type rule refused its arguments, or its attributes."""
    place = reject.argument
    if place is None or place >= len(call.args):
        listed = ", ".join(map(str, types))
        spelled = card.relay.fields if card.relay else ()
        said = told(reject.message, spelled, call.attrs or {})
        if not spelled:
            given = zip((item.name for item in card.inputs), types, strict=False)
            said += f" ({', '.join(f'{name}: {type_}' for name, type_ in given)})"
        message = f"{name_of(call.op)}: {said}"
        note = (f"the argument types are ({listed})", call.span)
        return DiagnosticError(Diagnostic(codes.BAD_PARAMETER, message, call.span, notes=(note,)))
    name = card.inputs[min(place, len(card.inputs) - 1)].name
    message = f"{name_of(call.op)}: argument {place + 1} ({name}): {reject.message}"
    return DiagnosticError(Diagnostic(codes.TYPE_MISMATCH, message, call.span, notes=_arguments(call, types)))


def bad_argument(call: Call, place: int, expected: Type, found: Type, why: Mismatch) -> DiagnosticError:
    """R2R0202: an argument of a function does not fit its parameter."""
    message = f"{name_of(call.op)}: argument {place + 1} has type {found}, expected {expected}{_because(why)}"
    notes = [(f"argument {place + 1} is given here", span_of(call.args[place]))]
    if isinstance(call.op, Function):
        notes.append(("the parameter is declared here", span_of(call.op.params[place])))
    return DiagnosticError(Diagnostic(codes.TYPE_MISMATCH, message, call.span, notes=tuple(notes)))


def mismatch(what: str, left: tuple[Type, Expr], right: tuple[Type, Expr], why: Mismatch, at: Expr) -> DiagnosticError:
    """R2R0202: two places of the program must have one type and have not. Both places are named in notes."""
    message = f"{what}: {left[0]} against {right[0]}{_because(why)}"
    notes = tuple((f"{type_} comes from here", span_of(place)) for type_, place in (left, right))
    return DiagnosticError(Diagnostic(codes.TYPE_MISMATCH, message, span_of(at), notes=notes))


def wrong(message: str, at: Expr, hint: str = "") -> DiagnosticError:
    """R2R0202 without a second place."""
    return DiagnosticError(Diagnostic(codes.TYPE_MISMATCH, message, span_of(at), hint))


def undetermined(nodes: Iterable[Expr]) -> DiagnosticError:
    """R2R0203 for every expression whose type nothing determines, at most twenty."""
    return DiagnosticError(*[_undetermined(node) for node in list(nodes)[:_MOST]])


def unknown_op(call: Call) -> DiagnosticError:
    """R2R0104: an op without a card and without a recorded type."""
    message = f"no op card knows {name_of(call.op)}, and the input records no type for this call"
    hint = "state the type in a /* ty=... */ comment, or add a card (entry point group relay2relax.ops)"
    return DiagnosticError(Diagnostic(codes.UNKNOWN_OP, message, call.span, hint))


def _undetermined(node: Expr) -> Diagnostic:
    kind = f"%{node.name}" if isinstance(node, Var) else f"this {type(node).__name__.lower()}"
    hint = "annotate its type" if isinstance(node, Var) else "annotate the variables and functions it depends on"
    return Diagnostic(codes.UNRESOLVED_TYPE, f"nothing determines the type of {kind}", span_of(node), hint)


def _arguments(call: Call, types: Sequence[Type]) -> tuple[tuple[str, Span | None], ...]:
    return tuple(
        (f"argument {place + 1} has type {type_}", span_of(arg))
        for place, (arg, type_) in enumerate(zip(call.args, types, strict=True))
    )


def _because(why: Mismatch) -> str:
    return f" ({why.why})" if why.why else ""


def arguments_taken(card: Card) -> tuple[int, int]:
    """The least and the greatest number of arguments of an op."""
    return sum(not item.optional for item in card.inputs), len(card.inputs)
