"""Calls of functions of the runtime: Relay has none, but references, which the forward direction says with such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from relax_core.data_functions import DATA_FIELD, DATA_IS, DATA_MAKE, DATA_UNMATCHED, REF_NEW, REF_READ, REF_WRITE
from relay_compat.ir.types import RefType
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.types import TupleType, Type

if TYPE_CHECKING:
    from migrate.backward.function import FunctionReverter

_DATA = (DATA_FIELD, DATA_IS, DATA_MAKE, DATA_UNMATCHED)


def external(reverter: FunctionReverter, callee: relax.ExternFunc, args: Sequence[Expr], call: relax.Call) -> Expr:
    """The Relay value of a call. R2R0404 for functions that Relay has no construct for."""
    if callee.name in _DATA:
        hint = "keep the Relay module that the Relax one was converted from: its data types are not in Relax"
        raise fail(codes.REVERT_UNSUPPORTED, "data of a type that Relax does not know is not said", call.span, hint)
    if callee.name not in (REF_NEW, REF_READ, REF_WRITE):
        message = f"the external function {callee.name} has no Relay counterpart"
        raise fail(codes.REVERT_UNSUPPORTED, message, call.span, "write it in operators that Relay has")
    values = [reverter.value(arg) for arg in args]
    held: Type | None = getattr(values[0], "checked", None)
    if callee.name == REF_NEW:
        if held is None:
            raise _unknown(call)
        return _typed(relay.RefCreate(values[0], call.span), RefType(held))
    if not isinstance(held, RefType):
        raise _unknown(call)
    if callee.name == REF_READ:
        return _typed(relay.RefRead(values[0], call.span), held.value)
    return _typed(relay.RefWrite(values[0], values[1], call.span), TupleType(()))


def _unknown(call: relax.Call) -> Exception:
    hint = "keep this function in Relax, or annotate what is in the reference"
    return fail(codes.REVERT_UNSUPPORTED, "a reference to a value of unknown type is not said", call.span, hint)


def _typed(node: relay.RelayExpr, type_: Type) -> Expr:
    node.memo("checked", type_)
    return node
