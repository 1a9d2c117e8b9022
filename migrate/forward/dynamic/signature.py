"""What functions with open sizes tell each other: their types in symbols, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import relay_compat.ir.expr as relay
from migrate.forward.dynamic.requests import DimRequest
from migrate.forward.effects import Effects
from tensor_core import shapes
from tensor_core.prim import Var
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's types in its own symbols."""

    params: tuple[Type, ...]
    result: Type


@dataclass
class Known:
    """What the functions of one module share: signatures of those that are solved, effects, and what was asked for."""

    effects: Effects
    dims: Mapping[str, DimRequest]
    assume_equal: bool = False
    signatures: dict[relay.Function, Signature] = field(default_factory=dict[relay.Function, Signature])
    asked: set[str] = field(default_factory=set[str])


def common(a: Type, b: Type, stated: Type) -> Type:
    """What two branches have in common; open where they differ."""
    if isinstance(a, TensorType) and isinstance(b, TensorType) and isinstance(stated, TensorType):
        if not a.rank == b.rank == stated.rank:
            return stated
        dims = zip(a.shape, b.shape, stated.shape, strict=True)
        return TensorType(tuple(x if shapes.prove_equal(x, y) else z for x, y, z in dims), stated.dtype)
    if isinstance(a, TupleType) and isinstance(b, TupleType) and isinstance(stated, TupleType):
        return TupleType(tuple(map(common, a.fields, b.fields, stated.fields)))
    return stated


def in_terms(type_: Type, values: Mapping[Var, Dim]) -> Type:
    """A callee's type in a caller's symbols; open where that does not follow from the arguments."""

    def dim(item: Dim) -> Dim:
        if all(var in values for var in shapes.free_vars(item)):
            return shapes.substitute(item, values)
        return shapes.ANY

    if isinstance(type_, TensorType):
        return TensorType(tuple(map(dim, type_.shape)), type_.dtype)
    return TupleType(tuple(in_terms(item, values) for item in type_.fields)) if isinstance(type_, TupleType) else type_
