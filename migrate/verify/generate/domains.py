"""Where values must lie, asked backwards through operators.

An operator asks for values inside an interval: an index, a divisor, what has a logarithm. An operand that must lie in
one is drawn there, or computed: by an operator that hands its own operand's values on, which are then asked for the
same; by one whose results lie there whatever it is given; or by any other, and clipped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from migrate.verify.generate import operators
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.productions import Production
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain, Law
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

ANYWHERE = Domain()

_HANDS_ON: dict[str, tuple[int, ...]] = {
    "maximum": (0, 1), "minimum": (0, 1), "where": (1, 2), "max": (0,), "min": (0,), "sort": (0,),
    "nn.max_pool1d": (0,), "nn.max_pool2d": (0,), "nn.max_pool3d": (0,),
    "nn.adaptive_max_pool2d": (0,), "nn.global_max_pool2d": (0,), "layout_transform": (0,), "nn.pad": (0, 1),
    "nn.relu": (0,),
}  # fmt: skip
"""Operators every element of whose result is one of these operands', beside those with the law that says so.

A relu hands on what is not negative, and else gives zero: :func:`_hands_on` asks for zero."""
_LIES: dict[str, tuple[float, float]] = {
    "sigmoid": (0, 1), "tanh": (-1, 1), "erf": (-1, 1), "sin": (-1, 1), "cos": (-1, 1), "nn.softmax": (0, 1),
    "exp": (0, math.inf), "sqrt": (0, math.inf), "zeros": (0, 0), "zeros_like": (0, 0), "ones": (1, 1),
    "ones_like": (1, 1),
}  # fmt: skip
"""Where the results of operators lie, whatever they are given that is a number."""
_EXTENT = {"argmax": 3, "argmin": 3}
"""Operators whose results are positions among at most so many."""


def asked(card: str, plan: Plan, place: int, held: Domain | None) -> Domain | None:
    """Where the values of an operand must lie; None for anywhere."""
    inputs = registry().by_name[card].inputs
    stated = plan.domains.get(place, inputs[min(place, len(inputs) - 1)].domain)
    if held is not None:
        # The call as a whole must lie somewhere: what hands values on asks for nothing of its own.
        return held
    return None if stated == ANYWHERE else stated


def within(m: Maker, type_: TensorType, domain: Domain, fuel: int, constant: bool) -> Expr:
    """An expression of a type whose values lie in a domain."""
    if type_.dtype == "bool" or fuel <= 1 or m.choose((True, False)):
        return m.leaf(type_, constant=constant, domain=domain)
    rows = [row for row in m.table if row.reaches(type_) and _can_lie(row.card, domain)]
    if rows and m.choose((True, True, False)):
        row: Production = m.choose(rows)
        plan = row.inverse(type_, m.choose)
        if lies(row.card, domain):
            return operators.made(m, row.card, plan, fuel, constant)
        held = dict.fromkeys(_hands_on(row.card, domain), domain)
        return operators.made(m, row.card, plan, fuel, constant, held)
    return _clipped(m, type_, domain, fuel, constant)


def _clipped(m: Maker, type_: TensorType, domain: Domain, fuel: int, constant: bool) -> Expr:
    low, high = max(domain.low, dtypes.lowest(type_.dtype)), min(domain.high, dtypes.highest(type_.dtype))
    if dtypes.is_int(type_.dtype):
        low, high = float(math.ceil(low)), float(math.floor(high))
    m.spent += 1
    return m.build.call("clip", m.expr(type_, fuel - 1, constant=constant), a_min=float(low), a_max=float(high))


def _can_lie(card: str, domain: Domain) -> bool:
    return lies(card, domain) or bool(_hands_on(card, domain))


def lies(card: str, domain: Domain) -> bool:
    """Whether the results of an operator lie in a domain, whatever it is given."""
    if card in _EXTENT:
        return domain.low <= 0 and domain.high >= _EXTENT[card] - 1
    low, high = _LIES.get(card, (-math.inf, math.inf))
    return domain.low <= low and high <= domain.high


def _hands_on(card: str, domain: Domain) -> tuple[int, ...]:
    if card == "nn.relu" and not domain.low <= 0 <= domain.high:
        return ()
    if card in _HANDS_ON:
        return _HANDS_ON[card]
    return (0,) if Law.MOVES in registry().by_name[card].laws else ()
