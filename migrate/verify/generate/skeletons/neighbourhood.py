"""One operator with something before and behind it: what a pass that joins neighbours makes of it."""

from __future__ import annotations

from typing import Any, cast

from migrate.verify.generate import domains
from migrate.verify.generate.insertion import drawn, insertable
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.skeletons.called import named
from migrate.verify.generate.skeletons.placed import Make
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType, TupleType

_TRIES = 20
_HIDDEN = ("annotation.stop_fusion",)
"""What is gone afterwards, so that nothing tells where it stood."""

CALLED = tuple(
    name for name, card in sorted(registry().by_relay.items()) if card.name in insertable() and name not in _HIDDEN
)
"""Operators of which a call can be drawn."""


def between(name: str) -> Make:
    """A call of the operator that Relay has under a name, as its card draws it, on what single elements, or their
    places, were changed of; its result changed so, too, or summed up.
    """
    card = registry().by_relay[name]

    def make(m: Maker) -> Expr:
        plan = next(plan for _ in range(_TRIES) if (plan := drawn(card, m.choose)) is not None)
        places = [n for n, wanted in enumerate(plan.operands) if n not in plan.values and wanted != ()]
        given = {place: _before(m, card.name, plan, place) for place in ([m.choose(places)] if places else [])}
        return _behind(m, made(m, card.name, plan, 0, False, given=given))

    return named(name, make)


def _before(m: Maker, card: str, plan: Plan, place: int) -> Any:
    wanted: Any = plan.operands[place]
    domain = domains.asked(card, plan, place, None)
    if not isinstance(wanted, tuple):
        return _changed(m, wanted, domain)
    fields = cast("tuple[TensorType, ...]", wanted)
    return (_changed(m, fields[0], domain), *[m.leaf(field, domain=domain) for field in fields[1:]])


def _changed(m: Maker, type_: TensorType, domain: Domain | None) -> Expr:
    """A value of a type, within a domain, that an operator on single elements gives, or one that moves them."""
    value = m.leaf(type_, domain=domain)
    if type_.rank and m.choices.flag():
        return m.build.call("reverse", value, axis=0)
    if type_.dtype == "bool":
        return m.build.call("logical_not", value)
    return m.build.call("copy", value) if domain else _negative(m, value)


def _behind(m: Maker, value: Expr) -> Expr:
    while isinstance(type_ := m.build.type_of(value), TupleType):
        value = m.build.item(value, 0)
    assert isinstance(type_, TensorType)
    is_bool = type_.dtype == "bool"
    kind = m.choose((0, 1, 2) if type_.rank else (0,))
    if kind == 0:
        return m.build.call("logical_not", value) if is_bool else _negative(m, value)
    if kind == 1:
        return m.build.call("reverse", value, axis=0)
    return m.build.call("all" if is_bool else "sum", value, axis=(0,), keepdims=False)


def _negative(m: Maker, value: Expr) -> Expr:
    dtype = m.build.tensor_type(value).dtype
    return m.build.call("copy" if dtypes.is_unsigned_int(dtype) else "negative", value)


NEIGHBOURHOODS = tuple(map(between, CALLED))
