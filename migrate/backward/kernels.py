"""Calls of tensor programs that were made from Relay operators, as calls of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import relax_core.ir.expr as relax
from migrate.backward.say import say
from migrate.forward.dynamic.spread import spread_kernel
from migrate.kernel_marks import of_places, read_marks
from relax_core.structural import structural_equal
from relax_core.types.leaves import type_of
from relax_core.types.plain import plain
from relay_compat.fragment import RelayFragment
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.function import PrimFunc
from tensor_core.types import TensorType, TupleType, Type

if TYPE_CHECKING:
    from migrate.backward.function import FunctionReverter


def call_tir(reverter: FunctionReverter, call: relax.Call, type_: Type | None) -> tuple[Expr, tuple[str, ...]]:
    """The operator that a tensor program says it is; R2R0404 for one that says nothing, or was changed since."""
    name, given = call.args[0], call.args[1]
    program = reverter.shared.source[name] if isinstance(name, GlobalVar) else None
    fields = given.fields if isinstance(given, relax.Tuple) else ()
    if not isinstance(program, PrimFunc) or len(call.args) > 2:
        raise fail(codes.REVERT_UNSUPPORTED, "the callee of call_tir is no tensor program of arrays", call.span)
    spread = _spread(reverter, program, fields, type_, call)
    if spread is not None:
        return spread, ("dyn.broadcast_to",)
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


def _spread(
    reverter: FunctionReverter,
    program: PrimFunc,
    fields: Sequence[relax.Expr],
    type_: Type | None,
    call: relax.Call,
) -> Expr | None:
    """What the program that repeats an array along dimensions of size 1 makes; None for any other program."""
    source = plain(kind) if len(fields) == 1 and (kind := type_of(fields[0])) is not None else None
    target = None if type_ is None else plain(type_)
    if not isinstance(source, TensorType) or not isinstance(target, TensorType) or source.rank != target.rank:
        return None
    made = from_loops(spread_kernel(source, target.shape))
    if not structural_equal(made, program.replace(attrs=made.attrs)):
        return None
    fragment = RelayFragment(call.span)
    value = reverter.value(fields[0])
    return fragment.call("dyn.broadcast_to", value, reverter.sizes.tensor(target.shape, fragment, call.span))
