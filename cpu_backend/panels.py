"""Weights laid out for the lanes: the kernel over packed weights, and the packing.

A sum of products ``sum_r x[.., r] * w[o, r]`` runs best with consecutive ``o`` in the lanes: then the other operand is
read as it lies, one number for all lanes, wherever strides and padding put it. For that the weight is stored in panels,
``w[o, r]`` at ``panel[o // width, r, o % width]``, one after another in the order in which the sum reads them (Goto and
van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, pack both operands so). A weight that is a
constant of the program is packed once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpu_backend.arrays import Array
from cpu_backend.emit.epilogue import Replace
from tensor_core import prim, shapes
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, PrimFunc, Seq, Stmt
from tensor_core.loops.rewrite import expressions
from tensor_core.prim import PrimExpr, Var

_LEAST = 8
"""Points that must share a weight: with fewer the sum waits for memory however the weight lies."""


@dataclass(frozen=True, slots=True)
class Panels:
    """``kernel`` takes one parameter packed: its axes in the order ``order``, the first cut in panels."""

    kernel: PrimFunc
    place: int
    order: tuple[int, ...]

    def pack(self, weight: Array) -> Array:
        """The weight in panels."""
        count, *inner, width = shapes.static(self.kernel.params[self.place].shape)
        ordered = weight.transpose(self.order).reshape(count, width, *inner)
        return np.ascontiguousarray(np.moveaxis(ordered, 1, -1))


def panels(func: PrimFunc, place: int, vector_bits: int) -> Panels | None:
    """The kernel over its packed parameter at ``place``; None where that is no operand of a sum that is better for it.

    A panel is as wide as a register of ``vector_bits``.
    """
    for block in _blocks(func.body):
        found = _weight(block, func.params[place], vector_bits)
        if found is not None:
            return _packed(func, block, *found)
    return None


def _blocks(body: Stmt) -> list[Block]:
    parts = body.body if isinstance(body, Seq) else (body,)
    return [part for part in parts if isinstance(part, Block)]


def _weight(block: Block, weight: Buffer, vector_bits: int) -> tuple[prim.Load, Axis, int] | None:
    """The operand to pack, the axis along the lanes and a panel's width."""
    if block.combiner is not Combiner.SUM or not isinstance(block.value, prim.Mul) or not block.reduce:
        return None
    spatial = {axis.var: axis for axis in block.spatial}
    reduced = {axis.var: axis for axis in block.reduce}
    points = 1
    for axis in block.spatial:
        points *= axis.extent if isinstance(axis.extent, int) else 64
    for load, other in ((block.value.b, block.value.a), (block.value.a, block.value.b)):
        if not isinstance(load, prim.Load) or load.buffer is not weight or load.dtype not in ("float32", "float64"):
            continue
        found = [index for index in load.indices if isinstance(index, Var)]
        if len(set(found)) < len(load.indices):
            continue
        lanes = [spatial[var] for var in found if var in spatial]
        if len(lanes) != 1 or not all(var in spatial or var in reduced for var in found):
            continue
        (lane,) = lanes
        if not isinstance(lane.extent, int) or not all(isinstance(axis.extent, int) for axis in block.reduce):
            continue
        width = vector_bits // (32 if load.dtype == "float32" else 64)
        uses = sum(isinstance(e, prim.Load) and e.buffer is load.buffer for e in expressions([block.value]))
        free = lane.var not in expressions([other]) and not _lies_well(block, other, 16 * width)
        if lane.extent % width == 0 and uses == 1 and free and points // lane.extent >= _LEAST:
            return load, lane, width
    return None


def _lies_well(block: Block, operand: PrimExpr, enough: int) -> bool:
    """Whether the other operand has ``enough`` elements side by side where the result has them, too."""
    if not isinstance(operand, prim.Load):
        return False
    extents = {axis.var: axis.extent for axis in block.spatial}
    still = {axis.var for axis in block.reduce if axis.extent == 1}
    run = 1
    places = zip(reversed(operand.indices), reversed(operand.buffer.shape), reversed(block.indices), strict=False)
    for index, size, place in places:
        if isinstance(index, prim.Add) and index.b in still:
            index = index.a
        extent = extents.get(index) if isinstance(index, Var) and index is place else None
        if not isinstance(extent, int):
            break
        run *= extent
        if extent != size:
            break
    return run >= enough


def _packed(func: PrimFunc, block: Block, load: prim.Load, lane: Axis, width: int) -> Panels | None:
    if any(_reads(other, load.buffer) for other in _blocks(func.body) if other is not block):
        return None
    assert isinstance(lane.extent, int)
    places = {index: place for place, index in enumerate(load.indices)}
    summed = [axis for axis in block.reduce if axis.var in places]
    panel, column = Var("panel", lane.var.dtype), Var("column", lane.var.dtype)
    shape = (lane.extent // width, *(axis.extent for axis in summed), width)
    packed = Buffer(f"{load.buffer.name}_panels", shape, load.buffer.dtype)
    changed: dict[PrimExpr, PrimExpr] = {
        load: prim.Load(packed, (panel, *(axis.var for axis in summed), column)),
        lane.var: panel * width + column,
    }
    spatial = tuple(
        part
        for axis in block.spatial
        for part in ((Axis(panel, lane.extent // width), Axis(column, width)) if axis is lane else (axis,))
    )
    new = Replace(changed).statement(block.replace(spatial=spatial))
    body = new if func.body is block else Seq(tuple(new if part is block else part for part in _parts(func.body)))
    params = tuple(packed if buffer is load.buffer else buffer for buffer in func.params)
    order = (places[lane.var], *(places[axis.var] for axis in summed))
    return Panels(func.replace(params=params, body=body), func.params.index(load.buffer), order)


def _parts(body: Stmt) -> tuple[Stmt, ...]:
    return body.body if isinstance(body, Seq) else (body,)


def _reads(block: Block, buffer: Buffer) -> bool:
    return any(isinstance(expr, prim.Load) and expr.buffer is buffer for expr in expressions([block.value]))
