"""Calls of tensor programs that were made from Relay operators, as calls of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import relax_core.ir.expr as relax
from migrate.backward.say import say
from migrate.kernel_marks import of_places, read_marks
from relax_core.types.leaves import type_of
from relax_core.types.plain import plain
from relay_compat.fragment import RelayFragment
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar
from tensor_core.tir.function import PrimFunc
from tensor_core.types import TupleType, Type

if TYPE_CHECKING:
    from migrate.backward.function import FunctionReverter


def call_tir(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> tuple[Expr, tuple[str, ...]]:
    """The operator that a tensor program says it is; R2R0404 for one that says nothing, or was changed since."""
    name, given = call.args[0], call.args[1]
    program = reverter.shared.source[name] if isinstance(name, GlobalVar) else None
    fields = given.fields if isinstance(given, relax.Tuple) else ()
    if not isinstance(program, PrimFunc) or len(call.args) > 2:
        raise fail(codes.REVERT_UNSUPPORTED, "the callee of call_tir is no tensor program of arrays", call.span)
    found = read_marks(program, [plain(kind) for field in fields if (kind := type_of(field)) is not None])
    if found is None:
        title = getattr(name, "name", "")
        message = f"the tensor program {title} is not known to be an operator"
        hint = "Relay holds no tensor programs: write it in operators, or register a card whose lowering it is"
        raise fail(codes.REVERT_UNSUPPORTED, message, call.span, hint)
    card, params, places = found
    values = [reverter.value(field) for field in fields]
    fragment = RelayFragment(call.span)
    args = [
        fragment.tuple(*of_places(place, values)) if isinstance(place, tuple) else values[place] for place in places
    ]
    value, _, said, _ = say(card, params, args, reverter.sizes, call.span)
    single = isinstance(fragment.type_of(value), TupleType) and not isinstance(type_, TupleType)
    return fragment.item(value, 0) if single else value, said
