"""Copies of statements with definitions of their own, over other variables and buffers (s_tir.RenewDefs in TVM)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from tensor_core.node import Node, post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, BufferRegion, MatchBufferRegion
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import beside, parts, variables
from tensor_core.tir.regions import union
from tensor_core.tir.rewrite import rebuilt, substitute


def renewed(
    body: st.Stmt,
    allocations: Sequence[Buffer],
    values: Mapping[Var, PrimExpr],
    buffers: Mapping[Buffer, Buffer],
) -> tuple[st.Stmt, tuple[Buffer, ...]]:
    """A statement and the buffers that are allocated around it, copied: free variables and buffers are replaced, and
    what is defined inside is defined anew. Regions of one buffer that a block states become one.
    """
    made: dict[Any, Any] = {**values, **buffers}
    made.update((old.data, new.data) for old, new in buffers.items())
    roots: list[Node] = [*allocations, body]
    nodes = post_order(roots, lambda item: () if item in made else parts(item, _beside(item)))
    for var in _defined(nodes, allocations):
        if var not in made:
            made[var] = var.replace()
    for item in nodes:
        if item not in made:
            new = rebuilt(item, lambda part: made.get(part, part), _beside(item))
            made[item] = _joined(new) if isinstance(new, st.Block) and new is not item else new
    return made[body], tuple([made[buffer] for buffer in allocations])


def renewed_function(func: PrimFunc) -> PrimFunc:
    """The same tensor program with parameters, arrays and sizes of its own: a module may hold both."""
    arrays = func.buffer_map.values()
    symbols = [var for buffer in arrays for part in buffer.iter_children() for var in variables(part)]
    values: dict[Var, PrimExpr] = {var: var.replace() for var in dict.fromkeys([*func.params, *symbols])}
    buffers = {buffer: rebuilt(buffer, lambda part: substitute(part, values)) for buffer in arrays}
    body, _ = renewed(func.body, (), values, buffers)
    own = {param: cast(Var, values[param]) for param in func.params}
    params = tuple([own[param] for param in func.params])
    return func.replace(
        params=params, body=body, buffer_map={own[var]: buffers[buffer] for var, buffer in func.buffer_map.items()}
    )


def _beside(item: Node) -> tuple[str, ...]:
    return ("thread_binding",) if isinstance(item, st.For) else beside(item)


def _defined(nodes: Iterable[Node], allocations: Iterable[Buffer]) -> Iterator[Var]:
    """The variables that these nodes define, pointers of buffers included."""
    for buffer in allocations:
        yield buffer.data
    for item in nodes:
        match item:
            case st.For():
                yield item.loop_var
            case ex.IterVar() | st.LetStmt() | ex.Let():
                yield item.var
            case st.Allocate() | st.AllocateConst():
                yield item.buffer_var
            case st.AllocBuffer() | st.DeclBuffer() | st.BufferRealize():
                yield item.buffer.data
            case st.Block():
                yield from (buffer.data for buffer in item.alloc_buffers)
            case MatchBufferRegion():
                buffer = item.buffer
                yield buffer.data
                yield from (part for part in (buffer.elem_offset, *buffer.strides) if isinstance(part, Var))
            case ex.CommReducer():
                yield from (*item.lhs, *item.rhs)
            case _:
                pass


def _joined(block: st.Block) -> st.Block:
    reads, writes = _united(block.reads), _united(block.writes)
    if len(reads) == len(block.reads) and len(writes) == len(block.writes):
        return block
    return block.replace(reads=reads, writes=writes)


def _united(regions: Iterable[BufferRegion]) -> tuple[BufferRegion, ...]:
    found: dict[Buffer, BufferRegion] = {}
    for item in regions:
        known = found.get(item.buffer)
        if known is None:
            found[item.buffer] = item
        else:
            sizes = item.buffer.shape
            ranges = [union(a, b, dim) for a, b, dim in zip(known.region, item.region, sizes, strict=True)]
            found[item.buffer] = BufferRegion(item.buffer, tuple(ranges))
    return tuple(found.values())
