"""References: created, read, and written, so that what is evaluated when, and how often, shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.verify.generate.build import UNIT
from relay_compat.ir.expr import Expr
from relay_compat.ir.types import RefType, Type
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker


def create(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A new reference."""
    del constant
    assert isinstance(type_, RefType)
    return m.build.ref(m.expr(type_.value, fuel))


def with_reference(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A reference bound to a variable, and what may read and write it."""
    del constant
    before, held = m.spent, m.near(type_)
    value = m.build.ref(m.expr(held, m.share(fuel)))
    with m.scope.inner():
        var = m.bound("r", RefType(held))
        return m.build.let(var, value, m.expr(type_, fuel - (m.spent - before)))


def read(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """What a reference holds. Not shared: each mention reads again."""
    del fuel, constant
    known = m.scope.known(RefType(type_))
    return m.build.read(m.choose(known)) if known else None


def after_write(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """An expression behind a write: a let without use, or the other field of a tuple."""
    del constant
    known = [ref for each in m.scope.types() if isinstance(each, RefType) for ref in m.scope.known(each)]
    if not known:
        return None
    before = m.spent
    written = accumulated(m, m.choose(known), m.share(fuel))
    return in_order(m, written, type_, fuel - (m.spent - before))


def accumulated(m: Maker, ref: Expr, fuel: int) -> Expr:
    """``ref := ref + e``, or with another operator: how often it is done shows, and in which order such are done."""
    type_ = m.build.type_of(ref)
    assert isinstance(type_, RefType)
    held, old = type_.value, m.build.read(ref)
    if not isinstance(held, TensorType):
        return m.build.write(ref, m.expr(held, fuel))
    operands = (old, m.expr(held, fuel - 1))
    return m.build.write(ref, m.over(held, *m.choose((operands, operands[::-1]))))


def in_order(m: Maker, step: Expr, type_: Type, fuel: int) -> Expr:
    """An expression of a type behind a step whose value is not used."""
    if m.choices.flag():
        return m.build.then(step, m.expr(type_, fuel))
    return m.build.let(m.var("u", UNIT), step, m.expr(type_, fuel))
