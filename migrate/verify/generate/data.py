"""Algebraic data: the types that programs define, values, and matches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from relay_compat.ir.adt import (
    Clause,
    Constructor,
    Pattern,
    PatternConstructor,
    PatternVar,
    PatternWildcard,
)
from relay_compat.ir.expr import Expr
from relay_compat.ir.types import GlobalTypeVar, Type, TypeCall, TypeData, TypeVar
from relay_compat.types.substitute import substitute
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

_DEPTH = 2
"""How deep values of recursive types are at most, beside what is there already."""


@cache
def definitions() -> tuple[TypeData, ...]:
    """The types: lists, options and trees as Relay's prelude has them, and two as a vendor may declare them.

    The first constructor of each holds no value of the type itself.
    """
    # Each definition has variables of its own, as it has in what a text says.
    some, each, node = (TypeVar("A") for _ in range(3))
    lists, options, trees = GlobalTypeVar("List"), GlobalTypeVar("Option"), GlobalTypeVar("Tree")
    either, shape = GlobalTypeVar("Either"), GlobalTypeVar("Shape")
    left, right = TypeVar("L"), TypeVar("R")
    number = TensorType((), "float32")
    return (
        _defined(options, (some,), Some=(some,), None_=()),
        _defined(lists, (each,), Nil=(), Cons=(each, TypeCall(lists, (each,)))),
        _defined(trees, (node,), Rose=(node, TypeCall(lists, (TypeCall(trees, (node,)),)))),
        _defined(either, (left, right), Left=(left,), Right=(right,), Both=(left, right)),
        _defined(shape, (), Point=(), Square=(number,), Box=(number, TensorType((2,), "float32"))),
    )


def _defined(header: GlobalTypeVar, variables: tuple[TypeVar, ...], **alternatives: tuple[Type, ...]) -> TypeData:
    names = [(name.rstrip("_"), inputs) for name, inputs in alternatives.items()]
    made = tuple(Constructor(name, inputs, header, n) for n, (name, inputs) in enumerate(names))
    return TypeData(header, variables, made)


def data_type(m: Maker, near: Type) -> TypeCall:
    """One of the types, applied to types of numbers."""
    definition: TypeData = m.choose(definitions())
    return TypeCall(definition.header, tuple(m.near(near) for _ in definition.type_vars))


def make(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A value made by a constructor."""
    del constant
    assert isinstance(type_, TypeCall)
    return _value(m, type_, fuel, _DEPTH)


def match(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A match of some data, with an arm for each constructor, or some and one for the rest."""
    del constant
    before = m.spent
    wanted = data_type(m, type_)
    value = m.expr(wanted, m.share(fuel))
    clauses: list[Clause] = []
    alternatives = list(_definition(m, wanted).constructors)
    rest = len(alternatives) > 1 and m.choices.flag()
    for constructor in alternatives[: -1 if rest else None]:
        given = m.share(fuel - (m.spent - before))
        with m.scope.inner():
            pattern = _pattern(m, constructor, wanted)
            clauses.append(Clause(pattern, m.expr(type_, given)))
    if rest:
        clauses.append(Clause(PatternWildcard(), m.expr(type_, fuel - (m.spent - before))))
    return m.build.match(value, clauses, type_)


def fields(m: Maker, constructor: Constructor, type_: TypeCall) -> tuple[Type, ...]:
    """The types of a constructor's fields in values of the type."""
    values = dict(zip(_definition(m, type_).type_vars, type_.args, strict=True))
    return tuple(substitute(each, values) for each in constructor.inputs)


def constructors(m: Maker, type_: TypeCall) -> tuple[Constructor, ...]:
    """Those of a type, which the module then defines."""
    return tuple(_definition(m, type_).constructors)


def _value(m: Maker, type_: TypeCall, fuel: int, depth: int) -> Expr:
    alternatives = constructors(m, type_)
    constructor: Constructor = m.choose(alternatives) if depth > 0 else alternatives[0]
    made: list[Expr] = []
    for each in fields(m, constructor, type_):
        before = m.spent
        if isinstance(each, TypeCall):
            known = m.scope.known(each)
            made.append(m.choose(known) if known and m.choices.flag() else _value(m, each, fuel, depth - 1))
        else:
            made.append(m.expr(each, m.share(fuel)))
        fuel -= m.spent - before
    return m.build.construct(constructor, type_, *made)


def _pattern(m: Maker, constructor: Constructor, type_: TypeCall) -> Pattern:
    inner: list[Pattern] = []
    for each in fields(m, constructor, type_):
        skipped = not m.choices.integer(0, 3)
        inner.append(PatternWildcard() if skipped else PatternVar(m.bound("d", each)))
    return PatternConstructor(constructor, tuple(inner))


def _definition(m: Maker, type_: TypeCall) -> TypeData:
    found = next(each for each in definitions() if each.header is type_.func)
    if found.header not in m.types:
        m.types[found.header] = found
        # A tree holds a list of trees.
        for constructor in found.constructors:
            for each in constructor.inputs:
                if isinstance(each, TypeCall) and each.func is not found.header:
                    _definition(m, each)
    return found
