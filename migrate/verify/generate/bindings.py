"""Lets, choices, tuples, and what is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.verify.generate import kinds
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType, TupleType, Type

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

BOOL = TensorType((), "bool")


def again(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """A node made before: it is shared."""
    del fuel
    known = m.scope.known(type_, constant=constant)
    return m.choose(known) if known else None


def let(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A variable with a value, and what uses it, or does not."""
    del constant
    before, wanted = m.spent, kinds.any_type(m, type_)
    value = m.expr(wanted, m.share(fuel), constant=isinstance(wanted, TensorType) and m.choose((False, True)))
    with m.scope.inner():
        var = m.bound("v", wanted)
        return m.build.let(var, value, m.expr(type_, fuel - (m.spent - before)))


def if_(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A choice. What is made in one arm may be used in the other and behind: then it is evaluated before the choice."""
    del constant
    condition, then, otherwise = m.some((BOOL, type_, type_), fuel)
    return m.build.if_(condition, then, otherwise)


def tuple_(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A tuple of fields."""
    assert isinstance(type_, TupleType)
    if constant:
        return m.build.tuple(*(m.expr(each, fuel // 2, constant=True) for each in type_.fields))
    return m.build.tuple(*m.some(type_.fields, fuel))


def item(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """A field of a tuple, of one written out or of any other."""
    del constant
    if isinstance(type_, TupleType):
        return None
    other = kinds.any_type(m, type_, 0)
    place: int = m.choose((0, 1))
    wanted = TupleType((other, type_) if place else (type_, other))
    return m.build.field(m.expr(wanted, fuel), place)
