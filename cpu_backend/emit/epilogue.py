"""A reduction and the elementwise block after it as one nest: results go on in registers, not through memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from tensor_core import prim
from tensor_core.loops.nodes import Block, Buffer, Seq, Stmt
from tensor_core.loops.rewrite import Replace, expressions
from tensor_core.prim import Var


@dataclass(frozen=True, slots=True)
class Fused:
    """A block and the one that takes its results up, over the same axes; ``after`` reads ``block.target`` in place."""

    block: Block
    after: Block


def fused(body: Stmt, private: Sequence[Buffer]) -> tuple[Stmt | Fused, ...]:
    """The statements of a kernel with such pairs joined; ``private`` are the buffers that live for one run."""
    parts = body.body if isinstance(body, Seq) else (body,)
    result: list[Stmt | Fused] = []
    index = 0
    while index < len(parts):
        block, after = parts[index], parts[index + 1] if index + 1 < len(parts) else None
        pair = None
        if isinstance(block, Block) and isinstance(after, Block) and block.target in private:
            others = [*parts[:index], *parts[index + 2 :]]
            pair = _joined(block, after) if not any(_mentions(part, block.target) for part in others) else None
        result.append(pair or block)
        index += 2 if pair else 1
    return tuple(result)


def _mentions(part: Stmt, buffer: Buffer) -> bool:
    if not isinstance(part, Block):
        return True
    roots = [part.value, *part.indices, *([] if part.init is None else [part.init])]
    loads = (e for e in expressions(roots) if isinstance(e, prim.Load))
    return part.target is buffer or any(load.buffer is buffer for load in loads)


def _joined(block: Block, after: Block) -> Fused | None:
    if block.combiner is None or after.combiner is not None or not _fills(block) or len(block.indices) == 0:
        return None
    axes = {axis.var: axis.extent for axis in after.spatial}
    loads = [e for e in expressions([after.value]) if isinstance(e, prim.Load) and e.buffer is block.target]
    if any(isinstance(e, prim.Load) and e.buffer is block.target for e in expressions(after.indices)) or not loads:
        return None
    places = loads[0].indices
    if not all(isinstance(index, Var) for index in places) or set(places) != set(axes) or len(places) != len(axes):
        return None
    if any(load.indices != places for load in loads):
        return None
    if tuple(axes[index] for index in places if isinstance(index, Var)) != block.target.shape:
        return None
    moved = Replace(dict(zip(places, block.indices, strict=True)))
    indices = tuple(map(moved.value, after.indices))
    return Fused(block, after.replace(spatial=block.spatial, indices=indices, value=moved.value(after.value)))


def _fills(block: Block) -> bool:
    """Whether the block writes every element of its target."""
    extents = {axis.var: axis.extent for axis in block.spatial}
    sizes = [extent for extent in extents.values() if isinstance(extent, int)]
    shape = [size for size in block.target.shape if isinstance(size, int)]
    if len(sizes) == len(extents) and len(shape) == len(block.target.shape):
        return prod(sizes) == prod(shape)
    return all(
        isinstance(index, Var) and extents.get(index) == size
        for index, size in zip(block.indices, block.target.shape, strict=True)
    )
