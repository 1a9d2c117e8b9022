"""Relations between Relax types beside their order (:mod:`relax_core.types.lattice`): equality, symbolic variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from relax_core.ir.types import (
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.types.lattice import is_base_of, least_upper_bound
from tensor_core import shapes
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim, Shape

__all__ = [
    "bind_symbols",
    "definable_symbols",
    "dims",
    "erase",
    "forget",
    "has_open_dim",
    "is_base_of",
    "least_upper_bound",
    "map_dims",
    "may_fit",
    "rank_of",
    "same_type",
    "substitute",
    "symbols",
]


def same_type(a: Type, b: Type) -> bool:
    """Whether two types are equal up to provable equality of dimensions."""
    return a is b or (is_base_of(a, b) and is_base_of(b, a))


def rank_of(type_: Type) -> int:
    """The number of dimensions of a tensor or shape type; -1 when it is unknown."""
    return type_.ndim if isinstance(type_, TensorType | ShapeType) else -1


def may_fit(base: Type, derived: Type) -> bool:
    """Whether a value of ``derived`` can be one of ``base``: nothing known of the two contradicts it."""
    if isinstance(base, ObjectType) or isinstance(derived, ObjectType):
        return True
    if isinstance(base, TensorType) and isinstance(derived, TensorType):
        if base.dtype and derived.dtype and base.dtype != derived.dtype:
            return False
        return _ranks_agree(base, derived) and not _shapes_differ(base.dims, derived.dims)
    if isinstance(base, ShapeType) and isinstance(derived, ShapeType):
        return _ranks_agree(base, derived) and not _shapes_differ(base.values, derived.values)
    if isinstance(base, PrimType) and isinstance(derived, PrimType):
        return base.dtype == derived.dtype
    if isinstance(base, TupleType) and isinstance(derived, TupleType):
        return len(base.fields) == len(derived.fields) and all(map(may_fit, base.fields, derived.fields))
    return type(base) is type(derived)


def accepts(declared: Type, given: Type) -> bool:
    """Whether a call may give a value of one type for a parameter of another, as TVM checks it.

    What of the parameter's rank, element type and kind is known must be known of the value; dimensions may differ
    until run time.
    """
    if isinstance(declared, ObjectType):
        return True
    if isinstance(declared, TensorType) and isinstance(given, TensorType):
        unknown = (declared.dtype and not given.dtype) or (declared.ndim >= 0 and given.ndim < 0)
        return not unknown and may_fit(declared, given)
    if isinstance(declared, ShapeType) and isinstance(given, ShapeType):
        return not (declared.ndim >= 0 and given.ndim < 0) and may_fit(declared, given)
    if isinstance(declared, TupleType) and isinstance(given, TupleType):
        return len(declared.fields) == len(given.fields) and all(map(accepts, declared.fields, given.fields))
    return not isinstance(given, ObjectType) and may_fit(declared, given)


def _ranks_agree(a: Type, b: Type) -> bool:
    left, right = rank_of(a), rank_of(b)
    return left == right or left == -1 or right == -1


def _shapes_differ(a: Shape | None, b: Shape | None) -> bool:
    return a is not None and b is not None and any(map(shapes.prove_different, a, b))


def map_dims(type_: Type, change: Callable[[Dim], Dim]) -> Type:
    """The type with every dimension replaced; the same object when none changes. Functions keep their own variables."""
    match type_:
        case TensorType() if type_.dims is not None:
            shape = _map_shape(type_.dims, change)
            return type_ if shape is type_.dims else TensorType(shape, type_.dtype, type_.vdevice)
        case ShapeType() if type_.values is not None:
            values = _map_shape(type_.values, change)
            return type_ if values is type_.values else ShapeType(values)
        case PrimType() if type_.value is not None:
            value = change(type_.value)
            return type_ if value is type_.value else PrimType(type_.dtype, value)
        case TupleType():
            fields = tuple(map_dims(item, change) for item in type_.fields)
            same = all(a is b for a, b in zip(fields, type_.fields, strict=True))
            return type_ if same else TupleType(fields)
        case _:
            return type_


def _map_shape(shape: Shape, change: Callable[[Dim], Dim]) -> Shape:
    result = tuple(dim if isinstance(dim, int) else change(dim) for dim in shape)
    return shape if all(a is b for a, b in zip(result, shape, strict=True)) else result


def dims(type_: Type) -> Iterator[Dim]:
    """The dimensions of a type, left to right; those of function types are their own affair."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, TensorType):
            yield from item.dims or ()
        elif isinstance(item, ShapeType):
            yield from item.values or ()
        elif isinstance(item, PrimType):
            if item.value is not None:
                yield item.value
        elif isinstance(item, TupleType):
            stack.extend(reversed(item.fields))


def symbols(type_: Type) -> Iterator[Var]:
    """The symbolic variables a type mentions, in order, possibly repeated."""
    for dim in dims(type_):
        if not isinstance(dim, int):
            yield from shapes.free_vars(dim)


def definable_symbols(type_: Type) -> Iterator[Var]:
    """The symbolic variables that a value of this type determines: those that are a dimension on their own."""
    for dim in dims(type_):
        if isinstance(dim, Var):
            yield dim


def bind_symbols(pattern: Type, actual: Type, values: dict[Var, Dim]) -> None:
    """Record what the variables of ``pattern`` stand for in ``actual``. Known variables keep their first value."""
    stack = [(pattern, actual)]
    while stack:
        mine, other = stack.pop()
        if isinstance(mine, TupleType) and isinstance(other, TupleType):
            stack.extend(reversed(list(zip(mine.fields, other.fields, strict=False))))
            continue
        for declared, given in zip(_own_dims(mine), _own_dims(other), strict=False):
            if isinstance(declared, Var):
                values.setdefault(declared, given)


def _own_dims(type_: Type) -> Shape:
    if isinstance(type_, TensorType):
        return type_.dims or ()
    if isinstance(type_, ShapeType):
        return type_.values or ()
    return (type_.value,) if isinstance(type_, PrimType) and type_.value is not None else ()


def substitute(type_: Type, values: Mapping[Var, Dim]) -> Type:
    """The type with symbolic variables replaced."""
    return map_dims(type_, lambda dim: shapes.substitute(dim, values)) if values else type_


def forget(type_: Type, is_known: Callable[[Dim], bool]) -> Type:
    """The type without the shapes that have a dimension for which ``is_known`` is false: only their rank stays."""
    match type_:
        case TensorType() if type_.dims is not None:
            if all(isinstance(dim, int) or is_known(dim) for dim in type_.dims):
                return type_
            return TensorType(None, type_.dtype, type_.vdevice, type_.ndim)
        case ShapeType() if type_.values is not None:
            return type_ if all(map(is_known, type_.values)) else ShapeType(None, type_.ndim)
        case PrimType() if type_.value is not None:
            return type_ if is_known(type_.value) else PrimType(type_.dtype)
        case TupleType():
            fields = tuple(forget(item, is_known) for item in type_.fields)
            same = all(a is b for a, b in zip(fields, type_.fields, strict=True))
            return type_ if same else TupleType(fields)
        case _:
            return type_


def erase(type_: Type, known: Iterable[Var]) -> Type:
    """The type as it reads where only the variables in ``known`` are in scope."""
    scope = set(known)
    return forget(type_, lambda dim: all(var in scope for var in shapes.free_vars(dim)))


def has_open_dim(dim: Dim) -> bool:
    """Whether a dimension is open, or computed from an open one."""
    if isinstance(dim, int):
        return False
    stack: list[Any] = [dim]
    while stack:
        item: PrimExpr = stack.pop()
        if isinstance(item, shapes.AnyDim):
            return True
        stack.extend(item.iter_children())
    return False
