"""Which type variables a program or type uses, and which of them it binds (src/relay/analysis/util.cc in TVM 0.19).

Annotations of variables and inputs of constructors count; return types and type arguments do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Function, Var
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, Type, TypeVar
from relay_compat.types.substitute import map_parts
from tensor_core.node import Node


def free_type_vars(of: Expr | Type, module: IRModule | None = None) -> list[TypeVar]:
    """The type variables that are used and not bound, by first use. ``module`` defines the constructors' types."""
    used, bound = _collect(of, module)
    return [var for var in used if var not in bound]


def bound_type_vars(of: Expr | Type, module: IRModule | None = None) -> list[TypeVar]:
    """The type variables that functions, function types and type definitions bind, by first binding."""
    return list(_collect(of, module)[1])


def all_type_vars(of: Expr | Type, module: IRModule | None = None) -> list[TypeVar]:
    """All type variables, by first sight."""
    return list(_collect(of, module)[0])


def _collect(of: Expr | Type, module: IRModule | None) -> tuple[dict[TypeVar, None], dict[TypeVar, None]]:
    used: dict[TypeVar, None] = {}
    bound: dict[TypeVar, None] = {}
    for type_ in [of] if isinstance(of, Type) else _types_in(of, module, used, bound):
        _look(type_, used, bound)
    return used, bound


def _types_in(
    expr: Expr, module: IRModule | None, used: dict[TypeVar, None], bound: dict[TypeVar, None]
) -> Iterator[Type]:
    seen: set[Node] = set()
    stack: list[Node] = [expr]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Function():
                used.update(dict.fromkeys(node.type_params))
                bound.update(dict.fromkeys(node.type_params))
            case Constructor():
                if module is not None and (data := module.type_definitions.get(node.belong_to)) is not None:
                    used.update(dict.fromkeys(data.type_vars))
                    bound.update(dict.fromkeys(data.type_vars))
                    yield from node.inputs
            case Var() if node.type_annotation is not None:
                yield node.type_annotation
            case _:
                pass
        stack.extend(reversed(list(node.iter_children())))


def _look(type_: Type, used: dict[TypeVar, None], bound: dict[TypeVar, None]) -> Type:
    if isinstance(type_, TypeVar):
        used.setdefault(type_)
    elif isinstance(type_, FuncType):
        used.update(dict.fromkeys(type_.type_params))
        bound.update(dict.fromkeys(type_.type_params))
    return map_parts(type_, lambda part: _look(part, used, bound))
