"""Calls of operators that give a wanted type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from migrate.verify.generate.productions import Production
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType, Type

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker


def call(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of some operator that can give the type."""
    assert isinstance(type_, TensorType)
    m.spent += 1
    fuel -= 1
    production: Production = m.choose([row for row in m.table if row.reaches(type_)])
    plan = production.inverse(type_, m.choose)
    operands: list[Any] = []
    last = len(plan.operands) - 1
    for n, (wanted, domain) in enumerate(zip(plan.operands, production.domains(), strict=True)):
        before = m.spent
        given = fuel if n == last else m.share(fuel)
        if isinstance(wanted, tuple):
            operands.append(tuple(_operand(m, each, domain, given // len(wanted), constant) for each in wanted))
        else:
            operands.append(_operand(m, wanted, domain, given, constant))
        fuel -= m.spent - before
    made: Expr = m.build.call(production.card, *operands, **plan.params)
    if plan.item is not None:
        made = m.build.item(made, plan.item)
    m.scope.add(made, type_, constant=constant)
    return made


def folded(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of some operator on constants."""
    del constant
    return call(m, type_, min(fuel, 2), True)


def _operand(m: Maker, type_: TensorType, domain: Domain | None, fuel: int, constant: bool) -> Expr:
    if domain is None:
        return m.expr(type_, fuel, constant=constant)
    # Where an operator asks for certain values, they are drawn so, or clipped into its domain.
    if type_.dtype == "bool" or fuel <= 1 or m.choose((True, False)):
        return m.leaf(type_, constant=constant, domain=domain)
    low, high = domain.low, domain.high
    if dtypes.is_int(type_.dtype):
        low, high = float(np.ceil(low)), float(np.floor(high))
    m.spent += 1
    return m.build.call("clip", m.expr(type_, fuel - 1, constant=constant), a_min=low, a_max=high)
