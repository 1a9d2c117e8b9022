"""Which types of values there are to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.verify.generate.data import data_type
from migrate.verify.generate.features import Feature
from relay_compat.ir.types import FuncType, RefType, TupleType, Type

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker


def any_type(m: Maker, near: Type, depth: int = 1) -> Type:
    """A type of values: tensors of numbers mostly, ``near`` tells of what type they are for preference."""
    if depth < 0 or m.choices.integer(0, 3) < 3:
        return m.near(near)
    options = [each for each in (Feature.TUPLE, Feature.REF, Feature.HIGHER_ORDER, Feature.DATA) if m.has(each)]
    if not options:
        return m.near(near)
    kind = m.choose(options)
    if kind is Feature.TUPLE:
        return TupleType(tuple(any_type(m, near, depth - 1) for _ in range(m.choose((2, 1, 2)))))
    if kind is Feature.DATA:
        return data_type(m, near)
    if kind is Feature.REF:
        return RefType(m.near(near))
    return function_type(m, near)


def function_type(m: Maker, near: Type) -> FuncType:
    """A type of functions of one or two arguments."""
    args = tuple(m.near(near) for _ in range(m.choose((1, 2))))
    if m.has(Feature.PARTIAL) and not m.choices.integer(0, 2):
        return FuncType(args, FuncType((m.near(near),), m.near(near)))
    return FuncType(args, m.near(near))
