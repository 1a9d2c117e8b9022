"""Walks over Relay types: rebuilding, replacing type parameters, and asking what is still unknown.

Types nest as deep as somebody wrote them, not as deep as a program is long, so these walks recurse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relay_compat.ir.types import (
    FuncType,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeRelation,
    TypeVar,
)


def map_parts(type_: Type, change: Callable[[Type], Type]) -> Type:
    """The type with its direct components changed; the same object when none of them changes."""
    match type_:
        case TupleType():
            fields = tuple(map(change, type_.fields))
            return type_ if _same(fields, type_.fields) else TupleType(fields)
        case FuncType():
            args, result = tuple(map(change, type_.arg_types)), change(type_.ret_type)
            given = type_.type_constraints
            constraints: Any = tuple(map(change, given)) if given else given
            unchanged = result is type_.ret_type and _same(args, type_.arg_types) and _same(constraints, given)
            return type_ if unchanged else FuncType(args, result, type_.type_params, constraints)
        case RefType():
            value = change(type_.value)
            return type_ if value is type_.value else RefType(value)
        case TypeCall():
            args = tuple(map(change, type_.args))
            return type_ if _same(args, type_.args) else TypeCall(type_.func, args)
        case TypeRelation():
            args = tuple(map(change, type_.args))
            same = _same(args, type_.args)
            return type_ if same else TypeRelation(type_.func, args, type_.num_inputs, type_.attrs)
        case _:
            return type_


def substitute(type_: Type, values: Mapping[TypeVar, Type]) -> Type:
    """The type with type parameters replaced."""
    if isinstance(type_, TypeVar):
        return values.get(type_, type_)
    return map_parts(type_, lambda part: substitute(part, values))


def fresh_copy(type_: Type) -> Type:
    """An equal type made of new objects, for a solver that tells types apart by identity."""
    match type_:
        case TensorType():
            return TensorType(type_.shape, type_.dtype)
        case TupleType():
            return TupleType(tuple(map(fresh_copy, type_.fields)))
        case FuncType():
            return FuncType(tuple(map(fresh_copy, type_.arg_types)), fresh_copy(type_.ret_type), type_.type_params)
        case RefType():
            return RefType(fresh_copy(type_.value))
        case TypeCall():
            return TypeCall(type_.func, tuple(map(fresh_copy, type_.args)))
        case _:
            return type_


def has_incomplete(type_: Type) -> bool:
    """Whether any part of the type is still unknown."""
    match type_:
        case IncompleteType():
            return True
        case TupleType():
            return any(map(has_incomplete, type_.fields))
        case FuncType():
            return has_incomplete(type_.ret_type) or any(map(has_incomplete, type_.arg_types))
        case RefType():
            return has_incomplete(type_.value)
        case TypeCall():
            return any(map(has_incomplete, type_.args))
        case _:
            return False


def _same(a: tuple[Type, ...], b: tuple[Type, ...]) -> bool:
    return all(x is y for x, y in zip(a, b, strict=True))
