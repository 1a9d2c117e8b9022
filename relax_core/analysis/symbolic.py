"""Which symbolic variables an expression defines and which it leaves free (relax.analysis in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, Function, MatchCast, PrimValue, ShapeExpr
from relax_core.ir.types import FuncType, PrimType, ShapeType, TensorType, TupleType, Type
from tensor_core import prim, shapes
from tensor_core.node import Node
from tensor_core.shapes import Dim


def defined_symbolic_vars(func: Node) -> list[prim.Var]:
    """The symbolic variables that parameters and casts define, in order."""
    return list(_collected(func)[0])


def free_symbolic_vars(func: Node) -> list[prim.Var]:
    """The symbolic variables that are used before anything defines them, in order."""
    return list(_collected(func)[1])


def _collected(root: Node) -> tuple[dict[prim.Var, None], dict[prim.Var, None]]:
    defined: dict[prim.Var, None] = {}
    free: dict[prim.Var, None] = {}

    def require(dims: Iterator[Dim]) -> None:
        for dim in dims:
            if not isinstance(dim, int):
                free.update((var, None) for var in shapes.free_vars(dim) if var not in defined)

    def define(dims: Iterator[Dim]) -> None:
        defined.update((dim, None) for dim in dims if isinstance(dim, prim.Var))

    for node, done in walk(root):
        if done:
            continue
        item: Any = node
        match node:
            case Function():
                for param in node.params:
                    define(_dims(param.ty, defined))
                for param in node.params:
                    require(_dims(param.ty, defined))
            case MatchCast():
                define(_dims(node.ty, defined))
                require(_dims(node.ty, defined))
            case ShapeExpr():
                require(iter(node.values))
            case PrimValue():
                require(iter((node.value,)))
            case _ if not isinstance(node, Binding):
                require(_dims(getattr(item, "ty", None), defined))
                for type_ in getattr(item, "ty_args", ()):
                    require(_dims(type_, defined))
            case _:
                pass
    return defined, free


def _dims(ty: Type | None, defined: dict[prim.Var, None]) -> Iterator[Dim]:
    stack: list[Type | None] = [ty]
    while stack:
        item = stack.pop()
        match item:
            case TensorType():
                yield from item.dims or ()
            case ShapeType():
                yield from item.values or ()
            case PrimType():
                if item.value is not None:
                    yield item.value
            case TupleType():
                stack.extend(reversed(item.fields))
            case FuncType():
                # The variables of a function's parameters are defined by them.
                for param in item.params or ():
                    defined.update((dim, None) for dim in _dims(param, defined) if isinstance(dim, prim.Var))
                stack.append(item.ret)
                stack.extend(reversed(item.params or ()))
            case _:
                pass
