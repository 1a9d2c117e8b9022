"""The expressions inside of types: shapes of tensors, given as a shape or as a variable that holds one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relax_core.ir.expr import Expr
from relax_core.ir.types import TensorType, TupleType, Type


def expressions(type_: Type) -> Iterator[Expr]:
    """The expressions that a type refers to, left to right; those of function types are their own affair."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, TensorType):
            if item.shape is not None:
                yield item.shape
        elif isinstance(item, TupleType):
            stack.extend(reversed(item.fields))


def map_expressions(type_: Type, change: Callable[[Expr], Expr]) -> Type:
    """The type with each expression in it changed; the same object when none is."""
    if isinstance(type_, TensorType):
        if type_.shape is None:
            return type_
        shape = change(type_.shape)
        return type_ if shape is type_.shape else TensorType(shape, type_.dtype, type_.vdevice)
    if isinstance(type_, TupleType):
        fields = tuple([map_expressions(item, change) for item in type_.fields])
        same = all(a is b for a, b in zip(fields, type_.fields, strict=True))
        return type_ if same else TupleType(fields)
    return type_
