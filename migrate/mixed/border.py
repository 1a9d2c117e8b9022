"""Signatures of functions in the words of both IRs, and what may stand for what."""

from __future__ import annotations

import relax_core.ir.types as relax
import relay_compat.ir.types as relay
from migrate.forward.types import convert_type
from relax_core.types.lattice import is_base_of
from relax_core.types.relations import accepts, may_fit
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type


def relax_type(type_: Type) -> Type:
    """The Relax type of values of a Relay type: the converter's, or where it has none a type that admits them all."""
    try:
        return convert_type(type_)
    except DiagnosticError:
        pass
    match type_:
        case TensorType():
            return relax.TensorType(dtype=type_.dtype, ndim=type_.rank)
        case TupleType():
            return TupleType(tuple(map(relax_type, type_.fields)))
        case _:
            return relax.ObjectType()


def relax_signature(signature: relay.FuncType, name: str, pure: bool = True) -> relax.FuncType:
    """The Relax type of a Relay function. R2R0411 for a polymorphic one."""
    if signature.type_params:
        message = f"@{name} is polymorphic: one Relax function cannot stand for it"
        raise fail(codes.BORDER, message, hint="give it the types that it is used with")
    return relax.FuncType(tuple(map(relax_type, signature.arg_types)), relax_type(signature.ret_type), pure)


def check_signature(name: str, wanted: relax.FuncType, found: Type | None, span: Span | None = None) -> None:
    """R2R0411 unless a Relax function of type ``found`` can take the place of a Relay function of type ``wanted``.

    Its parameters accept what Relay's callers give; its result may be what they expect, of which the rest is checked
    when it runs (:func:`proves`).
    """
    hint = f"its Relay callers need {wanted}"
    if not isinstance(found, relax.FuncType) or found.params is None or wanted.params is None:
        raise fail(codes.BORDER, f"@{name} has no stated signature in Relax", span, hint)
    if len(found.params) != len(wanted.params):
        message = f"@{name} takes {len(found.params)} arguments in Relax and {len(wanted.params)} in Relay"
        raise fail(codes.BORDER, message, span, hint)
    for place, (mine, given) in enumerate(zip(found.params, wanted.params, strict=True)):
        if not (accepts(mine, given) or is_base_of(mine, given)):
            raise fail(codes.BORDER, f"argument {place} of @{name} is {given} in Relay, in Relax {mine}", span, hint)
    if wanted.pure and not found.pure:
        raise fail(codes.BORDER, f"@{name} has effects in Relax and none in Relay", span, "declare it pure, if it is")
    if not may_fit(wanted.ret, found.ret):
        raise fail(codes.BORDER, f"@{name} gives {wanted.ret} in Relay, in Relax {found.ret}", span, hint)


def check_callee(name: str, stated: Type | None, actual: relax.FuncType, caller: str, span: Span | None = None) -> None:
    """R2R0411 when the function that a Relax caller takes for one of type ``stated`` can only be another."""
    hint = f"in the program it is {actual}"
    if not isinstance(stated, relax.FuncType) or stated.params is None or actual.params is None:
        raise fail(codes.BORDER, f"@{caller} calls @{name}, of which it states no signature", span, hint)
    pairs = [*zip(actual.params, stated.params, strict=False), (stated.ret, actual.ret)]
    fits = len(stated.params) == len(actual.params) and all(may_fit(*pair) for pair in pairs)
    if not fits or (stated.pure and not actual.pure):
        raise fail(codes.BORDER, f"@{caller} calls @{name} as {stated}", span, hint)


def proves(found: Type, wanted: Type) -> bool:
    """Whether a Relax result's type alone shows that it is what Relay code expects."""
    stack = [wanted]
    while stack:
        item = stack.pop()
        if isinstance(item, TupleType):
            stack += item.fields
        elif not isinstance(item, relax.TensorType) or item.dims is None:
            return False
    return is_base_of(wanted, found)
