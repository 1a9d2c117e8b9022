"""Calls of any card, by the card's own ``draw``, put where some type is wanted.

An operator whose shape rule nobody has read backwards is reached the other way round: one legal call is drawn, its
operands are made for the types that it takes, and a few plain operators bring its result into the type that was wanted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from migrate.verify.generate.inverses import Choose, Plan
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs
from tensor_core.shapes import is_static, static
from tensor_core.types import TensorType, TupleType, Type

_TRIES = 20
"""How often a call is drawn again that Relay cannot say, such as a mode that only Relax has."""


def _is_taken(card: OpCard[Any]) -> bool:
    return card.draw is not None and not card.refused


@cache
def insertable() -> tuple[str, ...]:
    """The cards of which calls can be drawn that Relay says and the converter takes, by name."""
    return tuple(sorted(card.name for card in registry() if card.relay and _is_taken(card)))


def drawn(card: OpCard[Any], choose: Choose, kind: type[Draw] = Draw) -> Plan | None:
    """A call as the card draws it from choices of a kind; None when what was drawn cannot be said in Relay, again and
    again.
    """
    assert card.draw is not None
    source = kind(lambda low, high: choose(range(low, high + 1)))
    for _ in range(_TRIES):
        made = card.draw(source)
        if _said(card, made):
            params = {item.name: getattr(made.params, item.name) for item in fields(made.params)}
            return Plan(tuple(map(_operand, made.types)), params, None, made.domains, made.values)
    return None


def _said(card: OpCard[Any], made: Drawn) -> bool:
    if card.name == "collapse_sum_to" and made.params.shape is None:
        # The converter refuses shapes that only values tell where it has to sum.
        return False
    try:
        relay_attrs(card, made.params, made.types)
        card.infer(made.params, *made.types)
    except Reject:
        return False
    return True


def _operand(type_: Type) -> Any:
    return tuple(map(_operand, type_.fields)) if isinstance(type_, TupleType) else type_


def fitted(build: RelayFragment, choose: Choose, value: Expr, wanted: TensorType) -> Expr:
    """What a tensor or tuple of tensors becomes where a type is wanted: one field, cast, and brought into shape."""
    type_ = build.type_of(value)
    while isinstance(type_, TupleType):
        value = build.item(value, choose(range(len(type_.fields))))
        type_ = build.type_of(value)
    assert isinstance(type_, TensorType)
    if type_ == wanted:
        return value
    value = _shaped(build, choose, value, wanted)
    return _cast(build, value, wanted.dtype)


def _cast(build: RelayFragment, value: Expr, dtype: str) -> Expr:
    source = build.tensor_type(value).dtype
    if source == dtype:
        return value
    if dtypes.is_float(source) and dtype != "bool" and not dtypes.is_float(dtype):
        value = _whole(build, value, source, dtype)
    return build.call("cast", value, dtype=dtype)


def _whole(build: RelayFragment, value: Expr, source: str, dtype: str) -> Expr:
    """Floats that all become integers of a type: no NaN, none out of range, and away from the edges of rounding."""
    value = build.call("where", build.call("isfinite", value), value, build.constant(0.0, source))
    low, high = max(dtypes.lowest(dtype), -100), min(dtypes.highest(dtype), 100)
    return build.call("clip", value, a_min=float(low), a_max=float(high))


def _shaped(build: RelayFragment, choose: Choose, value: Expr, wanted: TensorType) -> Expr:
    type_ = build.tensor_type(value)
    if type_.shape == wanted.shape:
        return value
    shape = static(wanted.shape)
    if is_static(type_.shape) and type_.dtype != "bool":
        size, needed = math.prod(static(type_.shape)), math.prod(shape)
        if size == needed:
            return build.call("reshape", value, shape=shape)
        if size > needed > 0 and choose((True, True, False)):
            return _part(build, value, size, needed, shape)
    elif type_.dtype == "bool":
        value = build.call("cast", value, dtype="int32")
    return _summary(build, value, shape)


def _part(build: RelayFragment, value: Expr, size: int, needed: int, shape: Sequence[int]) -> Expr:
    flat = build.call("reshape", value, shape=(size,))
    first = build.call("strided_slice", flat, axes=(0,), begin=(0,), end=(needed,), strides=(1,))
    return build.call("reshape", first, shape=tuple(shape))


def _summary(build: RelayFragment, value: Expr, shape: Sequence[int]) -> Expr:
    """One number that every element of the value takes part in, as often as needed."""
    rank = build.tensor_type(value).rank
    if rank:
        value = build.call("sum", value, axis=tuple(range(rank)), keepdims=False)
    return build.call("broadcast_to", value, shape=tuple(shape)) if shape else value
