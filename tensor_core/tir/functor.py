"""Walks over tensor programs (tvm.tir.stmt_functor): children of a node, visits, substitution. Depth is no limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from tensor_core.module import GlobalVar
from tensor_core.node import Node, post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, BufferRegion, MatchBufferRegion
from tensor_core.tir.expr import BufferLoad, GlobalCall
from tensor_core.tir.function import PrimFunc

_BESIDE: Mapping[type[Node], tuple[str, ...]] = {
    **dict.fromkeys((BufferLoad, BufferRegion, MatchBufferRegion), ("buffer",)),
    **dict.fromkeys((st.BufferStore, st.BufferRealize, st.DeclBuffer, st.AllocBuffer), ("buffer",)),
    **dict.fromkeys((st.Allocate, st.AllocateConst), ("buffer_var",)),
    st.Block: ("alloc_buffers",),
}


def beside(node: Node) -> tuple[str, ...]:
    """The fields that hold parts of a node beside its children: where buffers and pointers are named, and what an
    annotation is of.
    """
    if isinstance(node, st.AttrStmt):
        return ("node",) if isinstance(node.node, Node) else ()
    return _BESIDE.get(type(node), ())


def parts(node: Node, fields: Iterable[str]) -> Iterator[Node]:
    """What fields of a node hold, then its children."""
    for name in fields:
        value = getattr(node, name)
        if isinstance(value, tuple):
            yield from cast("tuple[Node, ...]", value)
        elif value is not None:
            yield value
    yield from node.iter_children()


def children(node: Node) -> Iterator[Node]:
    """The parts of a node in the order in which TVM holds them, buffers included."""
    if not isinstance(node, PrimFunc):
        yield from parts(node, beside(node))
        return
    yield from node.params
    yield node.body
    yield from node.buffer_map.values()


def post_order_visit(node: Node, visit: Callable[[Any], object]) -> None:
    """Call ``visit`` for every statement and expression below a node once, parts before the whole (as TVM does).

    Buffers are visited as parts of what uses them only where they are expressions: their pointer is not.
    """
    for item in post_order([node], _scalars):
        if isinstance(item, PrimExpr | st.Stmt | PrimFunc):
            visit(item)


def _scalars(node: Node) -> Iterator[Node]:
    match node:
        case PrimFunc():
            yield node.body
        case st.Block():
            for name in ("iter_vars", "reads", "writes", "match_buffers"):
                yield from getattr(node, name)
            yield from (part for part in (node.init, node.body) if part is not None)
        case st.AttrStmt():
            yield from node.iter_children()
        case MatchBufferRegion():
            yield node.source
        case _:
            yield from node.iter_children()


def has_blocks(body: st.Stmt) -> bool:
    """Whether blocks stand in a statement."""
    stack: list[Any] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, st.Block | st.BlockRealize):
            return True
        stack += [part for part in item.iter_children() if isinstance(part, st.Stmt)]
    return False


def variables(root: Node) -> dict[Var, None]:
    """Every variable that stands below a node, in order."""
    return {item: None for item in post_order([root], children) if isinstance(item, Var)}


def callees(func: PrimFunc) -> list[GlobalVar]:
    """The other functions of the module that a program calls, in order."""
    calls = (item.op for item in post_order([func.body], Node.iter_children) if isinstance(item, GlobalCall))
    return list(dict.fromkeys(calls))


def uses_var(root: PrimExpr, names: set[Var] | Mapping[Var, Any]) -> bool:
    """Whether an expression has one of the variables."""
    return any(isinstance(item, Var) and item in names for item in post_order([root], children))


def undefined_vars(expr: PrimExpr) -> list[Var]:
    """The variables of an expression."""
    return list(variables(expr))


__all__ = [
    "Buffer", "beside", "callees", "children", "has_blocks", "parts", "post_order_visit", "undefined_vars", "uses_var",
    "variables",
]  # fmt: skip
