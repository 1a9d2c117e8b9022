"""Calls of external functions that converted constructs need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
from relax_core.ir.types import ObjectType
from relax_core.normalizer import Normalizer
from tensor_core.ops.card import PORTABLE
from tensor_core.spans import Span
from tensor_core.types import Type


def can_be_pure(release: str) -> bool:
    """Whether a text for this release can say that a call of an external function has no effects.

    That takes a keyword which TVM 0.26 has renamed.
    """
    return release != PORTABLE


def bind_external(
    emitter: Normalizer,
    name: str,
    args: Sequence[relax.Expr],
    result: Type,
    *,
    pure: bool = True,
    hint: str = "",
    span: Span | None = None,
    origin: Any = None,
    output: bool = False,
) -> relax.Var:
    """Bind a call of an external function as a value of type ``result``; one with effects outside of dataflow blocks.

    ``output``: the value is used outside of the block under construction.
    """
    pure = pure and can_be_pure(emitter.release)
    types = (result,) if can_be_pure(emitter.release) else ()
    if pure:
        callee = relax.ExternFunc(name)
        call = relax.Call(relax.op("relax.call_pure_packed"), (callee, *args), ty_args=types, span=span)
        return emitter.bind(emitter.normal(call), hint, span, origin, output)
    call = relax.Call(relax.ExternFunc(name), tuple(args), ty_args=types, span=span)
    emitter.body.start(False)
    is_whole = bool(types) or isinstance(result, ObjectType)
    found = emitter.bind(emitter.normal(call), hint if is_whole else "", span, origin if is_whole else None)
    if not is_whole:
        found = cast_to(emitter, found, result, hint=hint, span=span, origin=origin)
    emitter.body.start(True)
    return found


def cast_to(
    emitter: Normalizer,
    value: relax.Var,
    type_: Type,
    *,
    hint: str = "",
    span: Span | None = None,
    origin: Any = None,
    output: bool = False,
) -> relax.Var:
    """An object of the runtime as a value of the type that it has."""
    if isinstance(type_, ObjectType):
        return value
    var = emitter.variable(type_, hint, span, output)
    emitter.add(relax.MatchCast(var, value, type_, span, origin))
    return var
