"""Chains of operators, the result of each an operand of the next: every pair of neighbours about as often as another.

What is drawn for wanted types alone puts a few operators, those that reach any type, beside each other over and over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.verify.generate import domains
from migrate.verify.generate.commonest import COMMONEST
from migrate.verify.generate.insertion import fitted
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.productions import Production
from migrate.verify.generate.skeletons.folding import free
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType

_TRIES = 8
"""How many calls of an operator are drawn until one takes the result of another."""
_LONGEST = 4

_Place = tuple[int, int | None]
"""An operand, and the field of it where it is a tuple."""


def chained(m: Maker) -> Expr:
    """Chains of the commonest operators, taken together."""
    rows = [row for row in m.table if row.card in _COMMON]
    if not rows:
        return free(m)
    result = _chain(m, rows)
    type_ = m.build.tensor_type(result)
    # Zero, which is where shrinking ends, stops everywhere.
    while m.left > 1 and m.choices.integer(0, 7):
        result = m.over(type_, result, fitted(m.build, m.choose, _chain(m, rows), type_))
    return result


_COMMON = frozenset(COMMONEST)


def _chain(m: Maker, rows: list[Production]) -> Expr:
    row: Production = m.choose(rows)
    steps: list[tuple[Production, Plan, _Place | None]] = []
    wanted: TensorType | None = None
    while True:
        goes_on = len(steps) + 1 < min(_LONGEST, m.left) and m.choices.integer(0, 7)
        producer: Production | None = m.choose(rows) if goes_on else None
        plan, place = _fitting(m, row, wanted, producer)
        steps.append((row, plan, place))
        if place is None or producer is None:
            break
        row, wanted = producer, _operand(plan, place)
    value: Expr | None = None
    for row, plan, place in reversed(steps):
        given = None if value is None or place is None else _given(m, plan, place, value)
        value = made(m, row.card, plan, 1, False, given=given)
    assert value is not None
    return value


def _fitting(
    m: Maker, row: Production, wanted: TensorType | None, producer: Production | None
) -> tuple[Plan, _Place | None]:
    """A call of an operator, for a result of the wanted type if there is one, and which operand the producer may make;
    None where it makes none.
    """
    plan = row.inverse(wanted or _type(m, row), m.choose)
    for _ in range(_TRIES if producer is not None else 0):
        places = [place for place in _places(plan) if producer is not None and _takes(row, plan, place, producer)]
        if places:
            return plan, m.choose(places)
        plan = row.inverse(wanted or _type(m, row), m.choose)
    return plan, None


def _type(m: Maker, row: Production) -> TensorType:
    dtype = m.dtype(*row.dtypes)
    return TensorType(m.choose([shape for shape in m.shapes if row.reaches(TensorType(shape, dtype))]), dtype)


def _places(plan: Plan) -> list[_Place]:
    found: list[_Place] = []
    for n, wanted in enumerate(plan.operands):
        if n not in plan.values:
            found += [(n, field) for field in range(len(wanted))] if isinstance(wanted, tuple) else [(n, None)]
    return found


def _operand(plan: Plan, place: _Place) -> TensorType:
    operand, field = place
    wanted: Any = plan.operands[operand]
    return wanted if field is None else wanted[field]


def _takes(row: Production, plan: Plan, place: _Place, producer: Production) -> bool:
    domain = domains.asked(row.card, plan, place[0], None)
    return producer.reaches(_operand(plan, place)) and (domain is None or domains.lies(producer.card, domain))


def _given(m: Maker, plan: Plan, place: _Place, value: Expr) -> Mapping[int, Any]:
    operand, field = place
    if field is None:
        return {operand: value}
    types: Any = plan.operands[operand]
    return {operand: tuple(value if n == field else m.leaf(type_) for n, type_ in enumerate(types))}
