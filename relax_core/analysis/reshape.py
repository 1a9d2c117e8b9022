"""Whether a tensor program only gives its input another shape (relax.analysis.has_reshape_pattern of TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensor_core import prim, shapes
from tensor_core.arith import Analyzer
from tensor_core.arith.fold import made
from tensor_core.loops.affine import Indices
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.expr import BufferLoad, IterVar
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.stmt import Block, BlockRealize, BufferStore, For, Stmt


def has_reshape_pattern(func: PrimFunc) -> bool:
    """Whether the function copies its first buffer to its last one in row-major order, by one data-parallel block.

    The flattened places that are read and written must be provably the same.
    """
    buffers = [func.buffer_map[var] for var in func.params if var in func.buffer_map]
    if len(buffers) < 2:
        return False
    block = _only_block(func.body)
    if block is None or not isinstance(block.body, BufferStore):
        return False
    store = block.body
    load = store.value
    if not isinstance(load, BufferLoad) or store.buffer is not buffers[-1] or load.buffer is not buffers[0]:
        return False
    return _same_place(block, store, load)


def _only_block(stmt: Stmt) -> Block | None:
    """The innermost block, where there is nothing but loops and data-parallel blocks around it."""
    while True:
        match stmt:
            case BlockRealize():
                if any(axis.kind != "DataPar" for axis in stmt.block.iter_vars):
                    return None
                block = stmt.block
                if not isinstance(block.body, For | BlockRealize):
                    return block
                stmt = block.body
            case For():
                if not isinstance(stmt.body, For | BlockRealize):
                    return None
                stmt = stmt.body
            case _:
                return None


def _same_place(block: Block, store: BufferStore, load: BufferLoad) -> bool:
    read, written = _flat(load.buffer, load.indices), _flat(store.buffer, store.indices)
    analyzer = Analyzer()
    analyzer.mark_non_negative(var for expr in (read, written) for var in shapes.free_vars(expr))
    for axis in block.iter_vars:
        if axis.dom is not None:
            analyzer.bind(axis.var, (axis.dom.min, axis.dom.extent), allow_override=True)
    if analyzer.can_prove_equal(read, written) or _same_polynomial(block.iter_vars, read, written):
        return True
    for indices, buffer, other in ((store.indices, store.buffer, read), (load.indices, load.buffer, written)):
        if _is_trivial(block, buffer, indices, analyzer) and _counts_through(block, other):
            return True
    return False


def _flat(buffer: Buffer, indices: Sequence[PrimExpr]) -> PrimExpr:
    result: PrimExpr = IntImm(0, indices[0].dtype) if indices else IntImm(0)
    for index, extent in zip(indices, buffer.shape, strict=True):
        result = made(prim.Add, made(prim.Mul, result, extent), index)
    return result


def _same_polynomial(axes: Sequence[IterVar], a: PrimExpr, b: PrimExpr) -> bool:
    """Equality where variables are known to be less than their symbolic extents. Places fit their type, as in TVM."""
    known = Indices(wraps=False)
    for axis in axes:
        if axis.dom is not None and isinstance(axis.dom.min, IntImm) and axis.dom.min.value == 0:
            known.variable(axis.var, shapes.as_dim(axis.dom.extent))
    return known.recombine(known.poly(a)) == known.recombine(known.poly(b))


def _is_trivial(block: Block, buffer: Buffer, indices: Sequence[PrimExpr], analyzer: Analyzer) -> bool:
    if len(indices) != len(block.iter_vars):
        return False
    for index, axis, extent in zip(indices, block.iter_vars, buffer.shape, strict=True):
        dom: Any = axis.dom
        zero = IntImm(0, axis.var.dtype)
        if index is not axis.var or not analyzer.can_prove_equal(dom.min, zero):
            return False
        if not analyzer.can_prove_equal(extent, dom.extent):
            return False
    return True


def _counts_through(block: Block, place: PrimExpr) -> bool:
    """Whether a flattened place counts 0, 1, 2, ... while the block's variables run through their ranges."""
    extents: list[Any] = [axis.dom.extent if axis.dom is not None else None for axis in block.iter_vars]
    if not all(isinstance(extent, IntImm) and extent.value > 0 for extent in extents):
        return False
    fused = Var("fused", block.iter_vars[0].var.dtype)
    stride = 1
    values: dict[Var, Any] = {}
    for axis, extent in zip(reversed(block.iter_vars), reversed(extents), strict=True):
        values[axis.var] = (fused // stride) % extent.value
        stride *= extent.value
    analyzer = Analyzer()
    analyzer.bind(fused, (IntImm(0, fused.dtype), IntImm(stride, fused.dtype)))
    replaced = shapes.substitute(place, values)
    return isinstance(replaced, PrimExpr) and analyzer.can_prove_equal(replaced, fused)
