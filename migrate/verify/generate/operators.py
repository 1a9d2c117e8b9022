"""Calls of operators that give a wanted type, and of any operator at all, its result fitted into the type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from migrate.verify.generate import domains
from migrate.verify.generate.call import applied
from migrate.verify.generate.insertion import drawn, fitted, insertable
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.productions import Production
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType, Type

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker


def call(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of some operator that can give the type."""
    assert isinstance(type_, TensorType)
    rows = [row for row in m.table if row.reaches(type_)]
    if not rows:
        return m.leaf(type_, constant=constant)
    production: Production = m.choose(rows)
    return made(m, production.card, production.inverse(type_, m.choose), fuel, constant)


def folded(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of some operator on constants."""
    del constant
    return call(m, type_, min(fuel, 2), True)


def inserted(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """A call of any operator that there is; None where the one that was drawn is none of Relay's."""
    assert isinstance(type_, TensorType)
    card = registry().by_name[m.choose(insertable())]
    plan = drawn(card, m.choose)
    if plan is None:
        return None
    value = fitted(m.build, m.choose, made(m, card.name, plan, fuel, constant), type_)
    m.scope.add(value, type_, constant=constant)
    return value


def made(
    m: Maker,
    card: str,
    plan: Plan,
    fuel: int,
    constant: bool,
    held: Mapping[int, Domain] | None = None,
    given: Mapping[int, Any] | None = None,
) -> Expr:
    """The call that a plan describes, its operands made. ``held``: where the values of some operands must lie beside
    what the card and the plan ask for; ``given``: operands that there are already.
    """
    m.spent += 1
    fuel -= 1
    operands: list[Any] = []
    last = len(plan.operands) - 1
    for n, wanted in enumerate(plan.operands):
        if given and n in given:
            operands.append(given[n])
            continue
        before = m.spent
        share = fuel if n == last else m.share(fuel)
        domain = domains.asked(card, plan, n, (held or {}).get(n))
        operands.append(_operand(m, wanted, domain, plan.values.get(n), share, constant))
        fuel -= m.spent - before
    result = applied(m.build, card, operands, plan)
    type_ = m.build.type_of(result)
    if isinstance(type_, TensorType):
        m.scope.add(result, type_, constant=constant)
    return result


def _operand(m: Maker, wanted: Any, domain: Domain | None, value: Any, fuel: int, constant: bool) -> Any:
    """An operand, or a tuple of them, given outright or made."""
    if isinstance(wanted, tuple):
        types = cast("tuple[TensorType, ...]", wanted)
        values = (None,) * len(types) if value is None else value
        shares = fuel // max(len(types), 1)
        pairs = zip(types, values, strict=True)
        return tuple(_operand(m, type_, domain, each, shares, constant) for type_, each in pairs)
    if value is not None:
        return m.build.constant(value, wanted.dtype)
    if domain is None:
        return m.expr(wanted, fuel, constant=constant)
    return domains.within(m, wanted, domain, fuel, constant)
