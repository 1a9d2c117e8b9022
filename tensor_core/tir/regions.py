"""The regions that blocks read and write, where text does not state them (GetBlockAccessRegion of TVM)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from tensor_core import prim, shapes
from tensor_core.node import post_order
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, BufferRegion, decl_buffer
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import uses_var
from tensor_core.tir.make import binary
from tensor_core.tir.rewrite import map_statements, substitute
from tensor_core.tir.same import same

UNKNOWN: tuple[BufferRegion, ...] = (BufferRegion(decl_buffer((), name="unknown"), ()),)
"""Stands for the regions of a block that text does not state."""
_Bounds = Mapping[Var, ex.Range]


def completed(func: PrimFunc) -> PrimFunc:
    """``func`` with the regions that were not stated computed from what its blocks do."""
    if not any(item.reads is UNKNOWN or item.writes is UNKNOWN for item in _blocks(func.body)):
        return func
    return func.replace(body=map_statements(func.body, _complete))


def _blocks(body: st.Stmt) -> Iterable[st.Block]:
    stack: list[Any] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, st.Block):
            yield item
        stack += [part for part in item.iter_children() if isinstance(part, st.Stmt)]


def _complete(stmt: st.Stmt) -> st.Stmt:
    if not isinstance(stmt, st.Block) or (stmt.reads is not UNKNOWN and stmt.writes is not UNKNOWN):
        return stmt
    reads, writes = accessed(stmt)
    if stmt.init is not None:
        written = {region.buffer for region in writes}
        reads = [region for region in reads if region.buffer not in written]
    return stmt.replace(
        reads=tuple(reads) if stmt.reads is UNKNOWN else stmt.reads,
        writes=tuple(writes) if stmt.writes is UNKNOWN else stmt.writes,
    )


def accessed(block: st.Block) -> tuple[list[BufferRegion], list[BufferRegion]]:
    """The regions that the body of a block reads and writes, whose inner blocks state theirs."""
    reads: dict[Buffer, list[ex.Range]] = {}
    writes: dict[Buffer, list[ex.Range]] = {}
    own = {*block.alloc_buffers, *(match.buffer for match in block.match_buffers)}
    stack: list[tuple[Any, _Bounds]] = [(block.body, {})]
    if block.init is not None:
        stack.append((block.init, {}))
    while stack:
        item, bounds = stack.pop()
        match item:
            case st.For():
                inner = {**bounds, item.loop_var: ex.Range(item.min, item.extent)}
                _read([item.min, item.extent], bounds, reads)
                stack.append((item.body, inner))
            case st.BlockRealize():
                _inner(item, bounds, reads, writes)
            case st.BufferStore():
                _add(writes, item.buffer, [_point(index) for index in item.indices], bounds)
                _read([item.value, *item.indices], bounds, reads)
            case _:
                parts = list(item.iter_children())
                _read([part for part in parts if isinstance(part, PrimExpr)], bounds, reads)
                stack += [(part, bounds) for part in reversed(parts) if isinstance(part, st.Stmt)]
    return _regions(reads, own), _regions(writes, own)


def _inner(
    item: st.BlockRealize, bounds: _Bounds, reads: dict[Buffer, list[ex.Range]], writes: dict[Buffer, list[ex.Range]]
) -> None:
    values = {
        axis.var: value
        for axis, value in zip(item.block.iter_vars, item.iter_values, strict=True)
        if axis.var is not value
    }
    _read([*item.iter_values, item.predicate], bounds, reads)
    for regions, found in ((item.block.reads, reads), (item.block.writes, writes)):
        for region in regions:
            ranges = [ex.Range(substitute(r.min, values), substitute(r.extent, values)) for r in region.region]
            _add(found, region.buffer, ranges, bounds)


def _read(roots: Sequence[PrimExpr], bounds: _Bounds, reads: dict[Buffer, list[ex.Range]]) -> None:
    for node in post_order(roots, lambda expr: cast("Iterable[PrimExpr]", expr.iter_children())):
        if isinstance(node, ex.BufferLoad):
            _add(reads, node.buffer, [_point(index) for index in node.indices], bounds)


def _point(index: PrimExpr) -> ex.Range:
    if isinstance(index, ex.Ramp) and st.is_one(index.stride):
        return ex.Range(index.base, index.lanes)
    return ex.Range(index, IntImm(1, index.dtype if ex.is_scalar_int(index.dtype) else "int32"))


def _regions(found: Mapping[Buffer, list[ex.Range]], own: set[Buffer]) -> list[BufferRegion]:
    return [BufferRegion(buffer, tuple(ranges)) for buffer, ranges in found.items() if buffer not in own]


def _add(found: dict[Buffer, list[ex.Range]], buffer: Buffer, ranges: Sequence[ex.Range], bounds: _Bounds) -> None:
    relaxed = [_relaxed(item, bounds, dim) for item, dim in zip(ranges, buffer.shape, strict=False)]
    known = found.get(buffer)
    if known is None:
        found[buffer] = relaxed
    else:
        found[buffer] = [union(a, b, dim) for a, b, dim in zip(known, relaxed, buffer.shape, strict=False)]


def _relaxed(item: ex.Range, bounds: _Bounds, dim: PrimExpr) -> ex.Range:
    """The range for all steps of the loops inside the block."""
    if not uses_var(item.min, bounds) and not uses_var(item.extent, bounds):
        return item
    low, high = _extremes(item.min, bounds)
    if low is None or high is None or uses_var(item.extent, bounds):
        return ex.range_of(dim)
    spread = binary(prim.Sub, high, low)
    extent = binary(prim.Add, spread, item.extent)
    known = shapes.simplify(extent) if ex.is_scalar_int(extent.dtype) else extent
    return ex.Range(low, IntImm(known, extent.dtype) if isinstance(known, int) else known)


def _extremes(expr: PrimExpr, bounds: _Bounds) -> tuple[PrimExpr | None, PrimExpr | None]:
    """The least and greatest value over the loops, where every loop variable stands in sums and constant multiples."""
    done: dict[PrimExpr, tuple[PrimExpr | None, PrimExpr | None]] = {}
    for node in post_order([expr], lambda item: cast("Iterable[PrimExpr]", item.iter_children())):
        done[node] = _extreme(node, bounds, done.__getitem__)
    return done[expr]


def _extreme(
    node: PrimExpr, bounds: _Bounds, of: Callable[[PrimExpr], tuple[PrimExpr | None, PrimExpr | None]]
) -> tuple[PrimExpr | None, PrimExpr | None]:
    if isinstance(node, Var) and node in bounds:
        item = bounds[node]
        last = binary(prim.Sub, binary(prim.Add, item.min, item.extent), IntImm(1, item.extent.dtype))
        return item.min, last
    if not isinstance(node, prim.Binary):
        return (None, None) if uses_var(node, bounds) else (node, node)
    (a, b), (c, d) = of(node.a), of(node.b)
    if a is None or b is None or c is None or d is None:
        return None, None
    if a is b and c is d and a is node.a and c is node.b:
        return node, node
    match node:
        case prim.Add():
            return binary(prim.Add, a, c), binary(prim.Add, b, d)
        case prim.Sub():
            return binary(prim.Sub, a, d), binary(prim.Sub, b, c)
        case prim.Mul() if isinstance(c, IntImm) and c is d and c.value >= 0:
            return binary(prim.Mul, a, c), binary(prim.Mul, b, c)
        case prim.Mul() if isinstance(a, IntImm) and a is b and a.value >= 0:
            return binary(prim.Mul, a, c), binary(prim.Mul, a, d)
        case prim.FloorDiv() if isinstance(c, IntImm) and c is d and c.value > 0:
            return binary(prim.FloorDiv, a, c), binary(prim.FloorDiv, b, c)
        case _:
            return None, None


def union(a: ex.Range, b: ex.Range, dim: PrimExpr) -> ex.Range:
    """A range, along a dimension of a buffer, that holds both."""
    if same(a.min, b.min) and same(a.extent, b.extent):
        return a
    if not (ex.is_scalar_int(a.min.dtype) and ex.is_scalar_int(b.min.dtype)):
        return ex.range_of(dim)
    distance = shapes.simplify(prim.Sub(b.min, a.min)) if a.min.dtype == b.min.dtype else None
    first, second = a.extent, b.extent
    if not isinstance(distance, int) or not isinstance(first, IntImm) or not isinstance(second, IntImm):
        return ex.range_of(dim)
    start = a.min if distance >= 0 else b.min
    stop = max(first.value, second.value + distance) - min(0, distance)
    return ex.Range(start, IntImm(stop, first.dtype))
