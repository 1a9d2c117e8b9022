"""Constructors of tvm.tir over the nodes of this package: TVM's argument order, lists where nodes hold tuples.

Numbers become constants as in TVM 0.19: int32, or the type of what they stand beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import function
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, BufferRegion, MatchBufferRegion, decl_buffer
from tensor_core.tir.functor import post_order_visit
from tensor_core.tir.make import matched
from tensor_core.tir.rewrite import map_statements, substitute

__all__ = [
    "allocate", "assert_stmt", "attr_stmt", "block", "block_realize", "buffer_load", "buffer_store", "call", "cast",
    "decl_buffer", "for_loop", "if_then_else", "index_map", "map_statements", "match_buffer_region", "post_order_visit",
    "prim_func", "ramp", "region", "select", "seq_stmt", "substitute",
]  # fmt: skip

Number = PrimExpr | int | float
_KINDS = (st.SERIAL, st.PARALLEL, st.VECTORIZED, st.UNROLLED, st.THREAD_BINDING)
"""Kinds of loops by their number (tir.ForKind)."""


def expression(value: Number, dtype: str = "int32") -> PrimExpr:
    """A number as a constant: floats are float32 unless ``dtype`` is a float type, bools are bool."""
    if isinstance(value, PrimExpr):
        return value
    if isinstance(value, bool):
        return IntImm(int(value), "bool")
    return prim.const(value, "float32" if isinstance(value, float) and "float" not in dtype else dtype)


def _all(values: Sequence[Number], dtype: str = "int32") -> tuple[PrimExpr, ...]:
    return tuple([expression(value, dtype) for value in values])


def call(dtype: str, op: str | GlobalVar, args: Sequence[Number | str]) -> PrimExpr:
    """tir.Call: of a built-in by its name, with or without ``tir.`` before it, or of a function of the module."""
    given = tuple([prim.StringImm(arg) if isinstance(arg, str) else expression(arg) for arg in args])
    if isinstance(op, GlobalVar):
        return ex.GlobalCall(op, given, dtype)
    name = op.removeprefix("tir.").removeprefix("tirx.")
    if name == "if_then_else":
        return prim.Select(given[0], given[1], given[2], guards=True)
    return prim.Intrinsic(name, given, dtype)


def cast(dtype: str, value: Number) -> PrimExpr:
    """tir.Cast."""
    return prim.Cast(expression(value), dtype)


def select(condition: Number, true_value: Number, false_value: Number) -> PrimExpr:
    """tir.Select: both values may be computed."""
    return prim.Select(expression(condition), *matched(expression(true_value), expression(false_value)))


def ramp(base: Number, stride: Number, lanes: Number) -> PrimExpr:
    """tir.Ramp."""
    start, step = matched(expression(base), expression(stride))
    return ex.Ramp(start, step, expression(lanes))


def buffer_load(buffer: Buffer, indices: Sequence[Number], predicate: PrimExpr | None = None) -> PrimExpr:
    """tir.BufferLoad; ValueError for another number of indices than the buffer has dimensions."""
    _check_rank(buffer, indices)
    return ex.BufferLoad(buffer, _all(indices), predicate)


def buffer_store(
    buffer: Buffer, value: Number, indices: Sequence[Number], predicate: PrimExpr | None = None
) -> st.BufferStore:
    """tir.BufferStore; ValueError as :func:`buffer_load`."""
    _check_rank(buffer, indices)
    return st.BufferStore(buffer, expression(value, buffer.dtype), _all(indices), predicate)


def _check_rank(buffer: Buffer, indices: Sequence[Number]) -> None:
    if len(indices) != len(buffer.shape):
        raise ValueError(f"Buffer {buffer.name} is {len(buffer.shape)}-dimensional, indexed with {len(indices)}")


def seq_stmt(seq: Sequence[st.Stmt]) -> st.SeqStmt:
    """tir.SeqStmt."""
    return st.SeqStmt(tuple(seq))


def for_loop(
    loop_var: Var,
    min: Number,
    extent: Number,
    kind: str | int,
    body: st.Stmt,
    thread_binding: ex.IterVar | None = None,
    annotations: Mapping[str, Any] | None = None,
    step: Number | None = None,
) -> st.For:
    """tir.For; ``kind`` by name or number. R2R0703 for another kind."""
    name = _KINDS[kind] if isinstance(kind, int) and 0 <= kind < len(_KINDS) else str(kind)
    if name not in _KINDS:
        raise fail(codes.BAD_OPTION, f"there is no loop of kind {kind!r}", hint=f"kinds are {', '.join(_KINDS)}")
    dtype = loop_var.dtype
    stride = None if step is None else expression(step, dtype)
    bounds = expression(min, dtype), expression(extent, dtype)
    return st.For(loop_var, *bounds, name, body, thread_binding, annotations or None, stride)


def if_then_else(condition: Number, then_case: st.Stmt, else_case: st.Stmt | None = None) -> st.IfThenElse:
    """tir.IfThenElse, the statement."""
    return st.IfThenElse(expression(condition), then_case, else_case)


def attr_stmt(node: Any, attr_key: str, value: Number | str, body: st.Stmt) -> st.AttrStmt:
    """tir.AttrStmt."""
    held = prim.StringImm(value) if isinstance(value, str) else expression(value)
    return st.AttrStmt(node, attr_key, held, body)


def assert_stmt(condition: Number, message: PrimExpr | str, body: st.Stmt) -> st.AssertStmt:
    """tir.AssertStmt."""
    part = prim.StringImm(message) if isinstance(message, str) else message
    return st.AssertStmt(expression(condition), (part,), body)


def allocate(
    buffer_var: Var,
    dtype: str,
    extents: Sequence[Number],
    condition: Number,
    body: st.Stmt,
    annotations: Mapping[str, Any] | None = None,
) -> st.Allocate:
    """tir.Allocate of releases up to 0.23."""
    return st.Allocate(buffer_var, dtype, _all(extents), expression(condition), body, annotations or None)


def region(buffer: Buffer, ranges: Sequence[ex.Range]) -> BufferRegion:
    """tir.BufferRegion."""
    return BufferRegion(buffer, tuple(ranges))


def match_buffer_region(buffer: Buffer, source: BufferRegion) -> MatchBufferRegion:
    """tir.MatchBufferRegion."""
    return MatchBufferRegion(buffer, source)


def block(
    iter_vars: Sequence[ex.IterVar],
    reads: Sequence[BufferRegion],
    writes: Sequence[BufferRegion],
    name_hint: str,
    body: st.Stmt,
    init: st.Stmt | None = None,
    alloc_buffers: Sequence[Buffer] | None = None,
    match_buffers: Sequence[MatchBufferRegion] | None = None,
    annotations: Mapping[str, Any] | None = None,
) -> st.Block:
    """tir.Block, tirx.SBlock."""
    parts = tuple(iter_vars), tuple(reads), tuple(writes)
    buffers = tuple(alloc_buffers or ()), tuple(match_buffers or ())
    return st.Block(*parts, name_hint, body, init, *buffers, annotations or None)


def block_realize(iter_values: Sequence[Number], predicate: Number, block: st.Block) -> st.BlockRealize:
    """tir.BlockRealize, tirx.SBlockRealize."""
    return st.BlockRealize(_all(iter_values), expression(predicate), block)


def prim_func(
    params: Sequence[Var | Buffer],
    body: st.Stmt,
    ret_type: str | None = None,
    buffer_map: Mapping[Var, Buffer] | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> function.PrimFunc:
    """tir.PrimFunc: a buffer among the parameters stands for a pointer that is matched with it."""
    names: list[Var] = []
    buffers = dict(buffer_map or {})
    for param in params:
        var = ex.HandleVar(param.name) if isinstance(param, Buffer) else param
        if isinstance(param, Buffer):
            buffers[var] = param
        names.append(var)
    return function.PrimFunc(tuple(names), body, ret_type, buffers, dict(attrs or {}))


def index_map(initial_indices: Sequence[Var], final_indices: Sequence[Number]) -> ex.IndexMap:
    """tir.IndexMap."""
    return ex.IndexMap(tuple(initial_indices), _all(final_indices, "int64"))
