"""Weights laid out for the lanes: the kernel over packed weights, and the packing.

A sum of products ``sum_r x[.., r] * w[o, r]`` runs best with consecutive ``o`` in the lanes: then the other operand is
read as it lies, one number for all lanes, wherever strides and padding put it. For that the weight is stored in panels,
``w[o, r]`` at ``panel[o // width, r, o % width]``, one after another in the order in which the sum reads them (Goto and
van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, pack both operands so). A weight that is a
constant of the program is packed once, any other one by the kernel itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from cpu_backend.arrays import Array, allocate
from tensor_core import prim, shapes
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, PrimFunc, Seq, Stmt
from tensor_core.loops.rewrite import Replace, expressions
from tensor_core.prim import PrimExpr, Var

_LEAST = 64
"""Points that must share a weight for each run to pack it again."""


@dataclass(frozen=True, slots=True)
class Panels:
    """``kernel`` takes one parameter packed: its axes in the order ``order``, the one after ``batch`` cut in panels."""

    kernel: PrimFunc
    place: int
    order: tuple[int, ...]
    batch: int

    def pack(self, weight: Array) -> Array:
        """The weight in panels."""
        shape = shapes.static(self.kernel.params[self.place].shape)
        outer, (count, *inner, width) = shape[: self.batch], shape[self.batch :]
        ordered = weight.transpose(self.order).reshape(*outer, count, width, *inner)
        # Where a vector lies in two lines of the cache, reading it takes twice as long.
        packed, _ = allocate(shape, weight.dtype)
        packed[...] = np.moveaxis(ordered, self.batch + 1, -1)
        return packed


@dataclass(frozen=True, slots=True)
class _Operand:
    """An operand of a block's product: its load, the axes outside of the panels, along the lanes, and summed over."""

    block: Block
    load: prim.Load
    batch: tuple[Axis, ...]
    lane: Axis
    summed: tuple[Axis, ...]
    width: int


def panels(func: PrimFunc, place: int, vector_bits: int) -> Panels | None:
    """The kernel over its packed parameter at ``place``; None where that is no operand of a sum that is better for it.

    A panel is as wide as a register of ``vector_bits``.
    """
    found = _operand(func, place, vector_bits, 1)
    if found is None:
        return None
    packed = _buffer(found)
    blocks = [_over_panels(found, packed) if part is found.block else part for part in _parts(func.body)]
    params = (*func.params[:place], packed, *func.params[place + 1 :])
    indices = found.load.indices
    order = tuple(indices.index(axis.var) for axis in (*found.batch, found.lane, *found.summed))
    return Panels(func.replace(params=params, body=_joined(blocks)), place, order, len(found.batch))


def packing_kernel(func: PrimFunc, vector_bits: int) -> PrimFunc | None:
    """The kernel that packs one of its parameters itself; None where that does not pay."""
    operands = [_operand(func, place, vector_bits, _LEAST) for place in range(len(func.params) - func.outputs)]
    worth = [found for found in operands if found is not None and found.load.indices[-1] is not found.lane.var]
    # The one whose lanes lie side by side in the result, if there is one.
    found = max(worth, key=lambda found: found.block.indices[-1] is found.lane.var, default=None)
    if found is None:
        return None
    packed = _buffer(found)
    panel, column = _cut(found.lane)
    count = shapes.floor_divide(found.lane.extent, found.width)
    spatial = (*found.batch, Axis(panel, count), *found.summed, Axis(column, found.width))
    value = Replace({found.lane.var: panel * found.width + column}).value(found.load)
    copy = Block(spatial, (), packed, tuple(axis.var for axis in spatial), value)
    blocks: list[Stmt] = []
    for part in _parts(func.body):
        blocks += [copy, _over_panels(found, packed)] if part is found.block else [part]
    return func.replace(body=_joined(blocks), allocations=(*func.allocations, packed))


# ---------------------------------------------------------------- which operand


def _operand(func: PrimFunc, place: int, vector_bits: int, least: int) -> _Operand | None:
    buffer = func.params[place]
    blocks = [part for part in _parts(func.body) if isinstance(part, Block)]
    readers = [block for block in blocks if _loads(block, buffer)]
    if len(readers) != 1 or len(blocks) != len(_parts(func.body)):
        return None
    (block,) = readers
    if block.combiner is not Combiner.SUM or not isinstance(block.value, prim.Mul) or not block.reduce:
        return None
    for load, other in ((block.value.b, block.value.a), (block.value.a, block.value.b)):
        if isinstance(load, prim.Load) and load.buffer is buffer and _loads(block, buffer) == 1:
            return _operand_of(block, load, other, vector_bits, least)
    return None


def _loads(block: Block, buffer: Buffer) -> int:
    return sum(isinstance(expr, prim.Load) and expr.buffer is buffer for expr in expressions([block.value]))


def _operand_of(block: Block, load: prim.Load, other: PrimExpr, vector_bits: int, least: int) -> _Operand | None:
    if load.dtype not in ("float32", "float64") or len(set(load.indices)) < len(load.indices):
        return None
    width = vector_bits // (32 if load.dtype == "float32" else 64)
    elsewhere = set(expressions([other]))
    mine = [axis for axis in block.spatial if axis.var in load.indices]
    summed = tuple(axis for axis in block.reduce if axis.var in load.indices)
    lanes = [axis for axis in mine if axis.var not in elsewhere]
    fixed = all(isinstance(axis.extent, int) for axis in (*mine, *summed))
    if len(mine) + len(summed) < len(load.indices) or len(lanes) != 1 or not fixed or not summed:
        return None
    (lane,) = lanes
    shared = prod(axis.extent if isinstance(axis.extent, int) else 64 for axis in block.spatial if axis not in mine)
    assert isinstance(lane.extent, int)
    if lane.extent % width or shared < least or _lies_well(block, other, 16 * width):
        return None
    return _Operand(block, load, tuple(axis for axis in mine if axis is not lane), lane, summed, width)


def _lies_well(block: Block, operand: PrimExpr, enough: int) -> bool:
    """Whether the other operand has ``enough`` elements side by side where the result has them, too."""
    if not isinstance(operand, prim.Load):
        return False
    extents = {axis.var: axis.extent for axis in block.spatial}
    still = {axis.var for axis in block.reduce if axis.extent == 1}
    run = 1
    places = zip(reversed(operand.indices), reversed(operand.buffer.shape), reversed(block.indices), strict=False)
    for index, size, place in places:
        # What a window of one element adds is nothing.
        index = index.a if isinstance(index, prim.Add) and index.b in still else index
        extent = extents.get(index) if isinstance(index, Var) and index is place else None
        if not isinstance(extent, int):
            break
        run *= extent
        if extent != size:
            break
    return run >= enough


# ---------------------------------------------------------------- the kernel over panels


def _cut(lane: Axis) -> tuple[Var, Var]:
    return Var("panel", lane.var.dtype), Var("column", lane.var.dtype)


def _buffer(found: _Operand) -> Buffer:
    outer = tuple(axis.extent for axis in found.batch)
    inner = tuple(axis.extent for axis in found.summed)
    count = shapes.floor_divide(found.lane.extent, found.width)
    return Buffer(f"{found.load.buffer.name}_panels", (*outer, count, *inner, found.width), found.load.dtype)


def _over_panels(found: _Operand, packed: Buffer) -> Block:
    panel, column = _cut(found.lane)
    outer, inner = ([axis.var for axis in axes] for axes in (found.batch, found.summed))
    changed: dict[PrimExpr, PrimExpr] = {
        found.load: prim.Load(packed, (*outer, panel, *inner, column)),
        found.lane.var: panel * found.width + column,
    }
    count = shapes.floor_divide(found.lane.extent, found.width)
    cut = (Axis(panel, count), Axis(column, found.width))
    spatial = tuple(part for axis in found.block.spatial for part in (cut if axis is found.lane else (axis,)))
    replaced = Replace(changed).statement(found.block.replace(spatial=spatial))
    assert isinstance(replaced, Block)
    return replaced


def _parts(body: Stmt) -> tuple[Stmt, ...]:
    return body.body if isinstance(body, Seq) else (body,)


def _joined(blocks: list[Stmt]) -> Stmt:
    return blocks[0] if len(blocks) == 1 else Seq(tuple(blocks))
