"""What an expression can be, beside a parameter or constant: one row per construct, and which types each can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.verify.generate import bindings, data, functions, loops, operators, quantized, references
from migrate.verify.generate.features import Feature, Features
from relay_compat.ir.expr import Expr
from relay_compat.ir.types import FuncType, RefType, TensorType, TupleType, Type, TypeCall

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

Make = Callable[["Maker", Type, int, bool], Expr | None]
"""An expression of a type with so much fuel, of constants alone if the last is True; None where it cannot be here."""


@dataclass(frozen=True, slots=True)
class Construct:
    """A way to make expressions of the types of these classes, in programs that hold all ``needs``.

    ``weight``: how often it is listed among the choices. ``constant``: whether it can be made of constants alone.
    ``cost``: the fuel it takes beside that of its parts; what never takes any could go on for ever.
    """

    make: Make
    needs: Features = frozenset()
    weight: int = 1
    of: tuple[type[Type], ...] = (TensorType, TupleType, FuncType, RefType, TypeCall)
    constant: bool = False
    cost: int = 1


def _needs(*features: Feature) -> Features:
    return frozenset(features)


_PLAIN: dict[type[Type], Construct] = {
    TensorType: Construct(operators.call, weight=6, of=(TensorType,), constant=True, cost=0),
    TupleType: Construct(bindings.tuple_, weight=2, of=(TupleType,), constant=True, cost=0),
    FuncType: Construct(functions.literal, weight=3, of=(FuncType,), cost=0),
    TypeCall: Construct(data.make, weight=2, of=(TypeCall,), cost=0),
    RefType: Construct(references.create, weight=2, of=(RefType,), cost=0),
}

CONSTRUCTS: tuple[Construct, ...] = (
    *_PLAIN.values(),
    Construct(operators.folded, of=(TensorType,), cost=0),
    Construct(operators.inserted, _needs(Feature.OPERATORS), weight=2, of=(TensorType,), constant=True),
    Construct(quantized.chain, _needs(Feature.QNN), weight=2, of=(TensorType,)),
    Construct(bindings.again, _needs(Feature.SHARE), weight=2, constant=True),
    Construct(bindings.let, _needs(Feature.LET)),
    Construct(bindings.if_, _needs(Feature.IF)),
    Construct(bindings.item, _needs(Feature.TUPLE)),
    Construct(functions.call, _needs(Feature.CLOSURE)),
    Construct(functions.local, _needs(Feature.CLOSURE, Feature.LET)),
    Construct(functions.immediate, _needs(Feature.CLOSURE)),
    Construct(functions.global_, _needs(Feature.GLOBAL)),
    Construct(functions.polymorphic, _needs(Feature.GLOBAL, Feature.POLYMORPHIC)),
    Construct(loops.loop, _needs(Feature.LOOP, Feature.LET, Feature.IF), of=(TensorType, TupleType)),
    Construct(data.match, _needs(Feature.DATA)),
    Construct(references.with_reference, _needs(Feature.REF, Feature.LET)),
    Construct(references.read, _needs(Feature.REF), weight=2),
    Construct(references.after_write, _needs(Feature.REF), weight=2),
)
"""All rows, the plainest first."""


def plain_of(type_: Type) -> Construct:
    """What makes a value of the type by itself."""
    return _PLAIN[type(type_)]


def enabled(type_: Type, features: Features) -> tuple[Construct, ...]:
    """What can make an expression of the type in a program with these features, each as often as it weighs."""
    rows = [row for row in CONSTRUCTS if type(type_) in row.of and row.needs <= features]
    return tuple(row for row in rows for _ in range(row.weight))
