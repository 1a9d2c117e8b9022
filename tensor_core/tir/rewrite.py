"""Rebuilding tensor programs: expressions bottom-up over new operands, statements bottom-up over new parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, cast

from tensor_core.node import Node, post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir import stmt as st


def rebuilt(node: Any, get: Callable[[Any], Any], beside: Iterable[str] = ()) -> Any:
    """A node over new parts, given by ``get`` for each old one; the node itself when none changed.

    ``beside``: fields that hold parts of it beside its children.
    """
    changes: dict[str, Any] = {}
    for name in (*node.children, *beside):
        value = getattr(node, name)
        if value is None:
            continue
        if isinstance(value, tuple):
            made = tuple([get(item) for item in cast("tuple[Any, ...]", value)])
            if any(a is not b for a, b in zip(made, cast("tuple[Any, ...]", value), strict=True)):
                changes[name] = made
        else:
            made = get(value)
            if made is not value:
                changes[name] = made
    if not changes:
        return node
    given = {item.name: getattr(node, item.name) for item in fields(node) if item.init}
    return type(node)(**{**given, **changes})


def map_parts(root: Any, visit: Callable[[Any], Any], keep: type[Any] | tuple[type[Any], ...]) -> Any:
    """``root`` with ``visit`` applied to every part of the kinds ``keep``, parts first. Depth is no limit."""
    done: dict[Any, Any] = {}
    for node in post_order([root], lambda item: [part for part in item.iter_children() if isinstance(part, keep)]):
        made = rebuilt(node, lambda part: done.get(part, part))
        done[node] = visit(made)
    return done[root]


def map_statements(body: st.Stmt, visit: Callable[[st.Stmt], st.Stmt]) -> st.Stmt:
    """A body with every statement replaced by what ``visit`` makes of it, inner statements first."""
    return map_parts(body, visit, st.Stmt)


def substitute(expr: PrimExpr, values: Mapping[Var, PrimExpr]) -> PrimExpr:
    """``expr`` with variables replaced."""
    if not values:
        return expr
    done: dict[Any, Any] = dict(values)

    def parts(item: Node) -> Iterable[Node]:
        return item.iter_children()

    for node in post_order([cast(Node, expr)], parts):
        if node not in done:
            done[node] = rebuilt(node, lambda part: done.get(part, part))
    return done[expr]
