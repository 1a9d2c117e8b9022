"""Kernels taken apart into their stages, and stages that only move elements written into those that read them.

A stage is one block that fills one buffer. An operator that one program says in one kernel and another one in several
comes to the same stages; what is left between them are transposes, slices and broadcasts, which are indices in truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tensor_core import prim, shapes
from tensor_core.loops.nodes import Axis, Block, Buffer, PrimFunc, Seq, Stmt
from tensor_core.loops.rewrite import expressions, rebuild
from tensor_core.prim import PrimExpr, Var


@dataclass(frozen=True, slots=True)
class Stage:
    """One block. ``reads``: the buffers that it loads from, each once, in the order of its expressions."""

    block: Block
    reads: tuple[Buffer, ...]

    def kernel(self) -> PrimFunc:
        """The stage as a kernel of its own."""
        return PrimFunc("stage", (*self.reads, self.block.target), 1, self.block)


def stages(func: PrimFunc) -> list[Stage] | None:
    """The stages of a kernel in their order; None where it is no sequence of blocks that fill one buffer each, of fixed
    sizes, or where its roundings hang on how it is compiled (``strict``).
    """
    if func.strict or func.scalars or not all(map(_is_fixed, (*func.params, *func.allocations))):
        return None
    inputs = func.params[: len(func.params) - func.outputs]
    filled = set(inputs)
    found: list[Stage] = []
    for stmt in _flat(func.body):
        if not isinstance(stmt, Block) or stmt.target in filled or not _fills(stmt):
            return None
        stage = made(_without_single_steps(stmt))
        if not filled.issuperset(stage.reads):
            return None
        filled.add(stmt.target)
        found.append(stage)
    return found if filled.issuperset(func.params) else None


def made(block: Block) -> Stage:
    """A block as a stage."""
    loads = (expr.buffer for expr in expressions(_roots(block)) if isinstance(expr, prim.Load))
    return Stage(block, tuple(dict.fromkeys(loads)))


def is_move(stage: Stage) -> bool:
    """Whether every element is one of the single buffer that is read, at a place that no data decides."""
    value = stage.block.value
    return (
        isinstance(value, prim.Load)
        and stage.block.combiner is None
        and not any(isinstance(expr, prim.Load) for expr in expressions(value.indices))
    )


def with_move(stage: Stage, read: Buffer, move: Stage) -> Stage:
    """A stage that reads a buffer, with what fills that buffer written in: it reads what ``move`` reads."""
    value = move.block.value
    assert isinstance(value, prim.Load)
    # The same buffer may be read in another role, too.
    source = Buffer(value.buffer.name, value.buffer.shape, value.buffer.dtype)
    places = {axis.var: number for axis, number in zip(_in_order(move.block), range(len(read.shape)), strict=True)}

    def moved(load: prim.Load) -> PrimExpr:
        at = {var: load.indices[number] for var, number in places.items()}
        return prim.Load(source, tuple(_substituted(index, at) for index in value.indices))

    return _with_loads(stage, read, moved)


def with_number(stage: Stage, read: Buffer, number: float | int | bool) -> Stage:
    """A stage that reads a buffer of one element, with that element written in."""
    return _with_loads(stage, read, lambda _: prim.const(number, read.dtype))


def _without_single_steps(block: Block) -> Block:
    """The block with 0 for the variables that have no other value: lowerings write either."""
    single = [axis for axis in (*block.spatial, *block.reduce) if axis.extent == 1]
    if not single:
        return block
    at: dict[Var, PrimExpr] = {axis.var: prim.IntImm(0, axis.var.dtype) for axis in single}
    init = None if block.init is None else _substituted(block.init, at)
    return block.replace(value=_substituted(block.value, at), init=init)


def _with_loads(stage: Stage, read: Buffer, replace: Callable[[prim.Load], PrimExpr]) -> Stage:
    block = stage.block
    done: dict[PrimExpr, PrimExpr] = {}
    for expr in expressions(_roots(block)):
        new = rebuild(expr, done.__getitem__, lambda buffer: buffer)
        done[expr] = replace(new) if isinstance(new, prim.Load) and new.buffer is read else new
    init = None if block.init is None else done[block.init]
    return made(block.replace(value=done[block.value], init=init))


def _substituted(expr: PrimExpr, values: Mapping[Var, PrimExpr]) -> PrimExpr:
    done: dict[PrimExpr, PrimExpr] = {}
    for item in expressions([expr]):
        known = values.get(item) if isinstance(item, Var) else None
        done[item] = rebuild(item, done.__getitem__, lambda buffer: buffer) if known is None else known
    return done[expr]


def _roots(block: Block) -> list[PrimExpr]:
    return [block.value] if block.init is None else [block.value, block.init]


def _in_order(block: Block) -> list[Axis]:
    """The spatial axes in the order of the target's dimensions."""
    by_var = {axis.var: axis for axis in block.spatial}
    return [by_var[index] for index in block.indices if isinstance(index, Var)]


def _fills(block: Block) -> bool:
    """Whether a block writes every element of its target, axis by axis."""
    axes = {axis.var: axis.extent for axis in block.spatial}
    indices = [index for index in block.indices if isinstance(index, Var)]
    return (
        len(indices) == len(block.indices) == len(axes)
        and set(indices) == set(axes)
        and all(axes[var] == size for var, size in zip(indices, block.target.shape, strict=True))
    )


def _is_fixed(buffer: Buffer) -> bool:
    return shapes.is_static(buffer.shape)


def _flat(body: Stmt) -> Iterator[Stmt]:
    stack: list[Stmt] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, Seq):
            stack.extend(reversed(item.body))
        else:
            yield item
