"""Types as they read elsewhere: known only before the program runs, or in another scope (TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from relax_core.ir.expr import DataflowVar, Var
from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeExpr,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from tensor_core import prim, shapes
from tensor_core.module import Expr
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape

Known = Callable[[Any], Any]
"""What a variable stands for in a scope, symbolic variables and those that hold shapes; None when it is not known."""


def erase_to_well_defined(
    ty: Type,
    shape_var_map: Mapping[prim.Var, Any] | None = None,
    var_map: Mapping[Var, Expr] | None = None,
) -> Type:
    """The type with variables replaced by what they stand for; a shape that mentions others is known by its rank only.

    Function types define their own variables and stay as they are.
    """
    values: dict[Any, Any] = {**(shape_var_map or {}), **(var_map or {})}
    return erase_by(ty, values.get)


def erase_by(ty: Type, known: Known) -> Type:
    """:func:`erase_to_well_defined` with a function in place of the maps."""
    match ty:
        case TensorType() if ty.shape is not None:
            shape = _shape(ty.shape, known)
            if shape is ty.shape:
                return ty
            return TensorType(shape, ty.dtype, ty.vdevice, ty.ndim, ty.span)
        case ShapeType() if ty.values is not None:
            values = _dims(ty.values, known)
            if values is ty.values:
                return ty
            return ShapeType(None, ty.ndim, ty.span) if values is None else ShapeType(values, span=ty.span)
        case PrimType() if ty.value is not None:
            value = _dim(ty.value, known)
            return ty if value is ty.value else PrimType(ty.dtype, value, ty.span)
        case TupleType():
            fields = tuple([erase_by(field, known) for field in ty.fields])
            same = all(a is b for a, b in zip(fields, ty.fields, strict=True))
            return ty if same else TupleType(fields)
        case _:
            return ty


def _shape(shape: Expr, known: Known) -> Expr | None:
    if isinstance(shape, ShapeExpr):
        values = _dims(shape.values, known)
        return shape if values is shape.values else None if values is None else ShapeExpr(values, shape.span)
    return None if isinstance(shape, DataflowVar) else known(shape)


def _dims(dims: Shape, known: Known) -> Shape | None:
    result: list[Dim] = []
    same = True
    for dim in dims:
        new = _dim(dim, known)
        if new is None:
            return None
        same = same and new is dim
        result.append(new)
    return dims if same else tuple(result)


def _dim(dim: Dim, known: Known) -> Dim | None:
    """The dimension in the other scope; None when it has no meaning there."""
    if isinstance(dim, int):
        return dim
    values: dict[prim.Var, Dim] = {}
    for var in shapes.free_vars(dim):
        value = known(var)
        if value is None:
            return None
        if value is not var:
            values[var] = shapes.as_dim(value)
    return shapes.substitute(dim, values) if values else dim


def get_static_type(ty: Type) -> Type:
    """What of a type is known without values: ranks in place of shapes."""
    match ty:
        case TensorType():
            return ty if ty.shape is None else TensorType(None, ty.dtype, ty.vdevice, ty.ndim, ty.span)
        case ShapeType():
            return ty if ty.values is None else ShapeType(None, ty.ndim, ty.span)
        case PrimType():
            return ty if ty.value is None else PrimType(ty.dtype, None, ty.span)
        case TupleType():
            return TupleType(tuple(map(get_static_type, ty.fields)))
        case FuncType() if ty.params is not None:
            return FuncType(tuple(map(get_static_type, ty.params)), get_static_type(ty.ret), ty.pure, span=ty.span)
        case FuncType():
            return FuncType(None, ObjectType(), ty.pure, span=ty.span)
        case _:
            return ty


def tir_vars_in_type(ty: Type) -> list[prim.Var]:
    """The symbolic variables that a type mentions, functions' own included, in order of first occurrence."""
    found: dict[prim.Var, None] = {}
    for dim in _all_dims(ty, scalars=True):
        if not isinstance(dim, int):
            found.update(dict.fromkeys(shapes.free_vars(dim)))
    return list(found)


def definable_tir_vars_in_type(ty: Type) -> list[prim.Var]:
    """The symbolic variables that are a dimension on their own, in order of first occurrence."""
    return list(dict.fromkeys(dim for dim in _all_dims(ty, scalars=True) if isinstance(dim, prim.Var)))


def collect_non_negative_expressions(ty: Type) -> list[PrimExpr]:
    """The symbolic dimensions of a type, each once, in order: sizes are never negative, scalar values may be."""
    found: list[PrimExpr] = []
    for dim in _all_dims(ty, scalars=False):
        if isinstance(dim, PrimExpr) and not any(known is dim or shapes.prove_equal(known, dim) for known in found):
            found.append(dim)
    return found


def _all_dims(ty: Type, scalars: bool) -> Iterator[Dim]:
    stack: list[Type] = [ty]
    while stack:
        item = stack.pop()
        match item:
            case TensorType():
                shape: Any = item.shape
                if item.dims is not None:
                    yield from item.dims
                elif shape is not None and isinstance(shape.ty, ShapeType):
                    yield from shape.ty.values or ()
            case ShapeType():
                yield from item.values or ()
            case PrimType() if scalars and item.value is not None:
                yield item.value
            case TupleType():
                stack.extend(reversed(item.fields))
            case FuncType():
                stack.append(item.ret)
                stack.extend(reversed(item.params or ()))
            case _:
                pass
