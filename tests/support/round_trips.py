"""Relay modules through Relax and back: what comes back, compared with what went in.

The normal form in which it is compared is that of docs/explanation/conversion.md: a graph without lets of pure values,
attributes as the operators' cards write them, sizes of one width, no copies.
"""

from dataclasses import dataclass
from typing import Any

from recorded_conversions import cause, message_class

import migrate
from migrate.forward.attributes import PRIVATE
from migrate.verify.verdict import Outcome
from relax_core.structural import structural_equal as equal_in_relax
from relay_compat.ir.expr import Call, Function, Op, Var
from relay_compat.ir.types import FuncType
from relay_compat.json.reader import load_json
from relay_compat.passes.to_graph_normal_form import ToGraphNormalForm
from relay_compat.structural import structural_equal
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.ops.card import Reject
from tensor_core.ops.spelling import relay_attrs, relay_params
from tensor_core.types import TensorType, TupleType, Type

AS_IT_WAS, NORMAL, VERIFIED = "as it was", "in normal form", "verified"
OTHER, ON_THE_WAY, UNDECIDED = "different", "different on the way there", "not decided"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One module. ``kind``: how what came back is the same; ``causes``: why it is not.

    ``stays``: converting, reverting and converting again what was converted from what came back changes nothing.
    """

    name: str
    kind: str
    causes: tuple[str, ...] = ()
    stays: bool = False


def round_trip(name: str, text: str) -> RoundTrip | None:
    """What becomes of a module; None for one that is untyped or does not convert as a whole."""
    try:
        module = infer_types(load_json(text))
        there = migrate.convert(module)
    except DiagnosticError:
        return None
    if not there.report.complete:
        return None
    back = migrate.revert(there.module)
    if not back.report.complete:
        return RoundTrip(name, REFUSED, tuple(cause(item) for item in back.report.diagnostics))
    again = migrate.convert(back.module)
    stays = equal_in_relax(migrate.convert(migrate.revert(again.module).module).module, again.module)
    if structural_equal(module, back.module):
        return RoundTrip(name, AS_IT_WAS, stays=stays)
    if structural_equal(normal_form(module), normal_form(back.module)):
        return RoundTrip(name, NORMAL, stays=stays)
    kind, why = _verified(module, again.module)
    if kind == OTHER and _verified(module, there.module) == (kind, why):
        # What is found different is so before anything came back.
        kind = ON_THE_WAY
    return RoundTrip(name, kind, why, stays)


def _verified(module: IRModule, again: IRModule) -> tuple[str, tuple[str, ...]]:
    if "main" not in module:
        return UNDECIDED, ("no function main",)
    try:
        verdict = migrate.verify(module, again, prove=False)
    except DiagnosticError as error:
        return UNDECIDED, (cause(error.diagnostics[0]),)
    if verdict.outcome in (Outcome.PROVED, Outcome.EXACT, Outcome.WITHIN_BOUND):
        return VERIFIED, ()
    kind = OTHER if verdict.outcome is Outcome.DIFFERENT else UNDECIDED
    return kind, (message_class(verdict.reason),)


def normal_form(module: IRModule) -> IRModule:
    """A typed Relay module in normal form."""
    graph: Any = ToGraphNormalForm()(infer_types(module))
    made = infer_types(graph).copy()
    for var, function in list(made.functions.items()):
        made.functions[var] = _Normal().rewrite(function)
    return infer_types(made)


class _Normal(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        """The node with sizes of one width, and a call with its card's attributes."""
        if isinstance(new, Var) and new.type_annotation is not None:
            return Var(new.name, _plain(new.type_annotation))
        if isinstance(new, Function):
            attrs = {name: value for name, value in new.attrs.items() if name not in (PRIVATE, "global_symbol")}
            result = None if new.ret_type is None else _plain(new.ret_type)
            return new.replace(ret_type=result, attrs=attrs)
        if isinstance(new, Call) and isinstance(new.op, Op) and new.op.card is not None and isinstance(old, Call):
            return new.args[0] if new.op.name == "copy" else _called(old, new, new.op)
        return new


def _called(old: Call, new: Call, op: Op) -> Call:
    card, types = op.card, [_plain(arg.checked_type) for arg in old.args]  # type: ignore[attr-defined]
    assert card is not None
    assert card.relay is not None
    try:
        attrs = relay_attrs(card, relay_params(card, dict(old.attrs or {}), types), types)
    except Reject:
        return new
    return new.replace(attrs=Attrs(card.relay.attrs_type, attrs) if card.relay.attrs_type else None)


def _plain(type_: Type) -> Type:
    match type_:
        case TensorType():
            return TensorType(tuple([int(dim) if isinstance(dim, int) else dim for dim in type_.shape]), type_.dtype)
        case TupleType():
            return TupleType(tuple(map(_plain, type_.fields)))
        case FuncType():
            return FuncType(tuple(map(_plain, type_.arg_types)), _plain(type_.ret_type), type_.type_params)
        case _:
            return type_
