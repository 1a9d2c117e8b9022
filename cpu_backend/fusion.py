"""Kernels of a program joined with those that take up their results element by element.

A value that one kernel makes and only another one reads need not go through memory: an elementwise kernel is written
into its reader, and what a sum leaves goes on in registers (:mod:`cpu_backend.emit.epilogue`). Roundings differ from
those of separate kernels only where a product and a sum become one operation. Intermediate values are gone; tracing
sees the last call of each group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from cpu_backend.liveness import uses
from tensor_core import prim, shapes
from tensor_core.loops.nodes import Block, Buffer, PrimFunc, Seq, Stmt
from tensor_core.loops.rewrite import Replace, Rewriter, expressions
from tensor_core.prim import PrimExpr, Var
from tensor_core.program import Body, Choose, Instruction, Program, ProgramFunction, Register, RunKernel

_LARGEST = 200
"""Expressions of one element at most: beyond, registers run out."""


def fused(program: Program) -> Program:
    """The program with its kernels joined where their sizes are known."""
    fusing = _Fusing()
    return Program({name: fusing.function(function) for name, function in program.functions.items()})


@dataclass(frozen=True, slots=True)
class _Parts:
    """A kernel of blocks only: those before, and the last, which fills the one result."""

    before: tuple[Block, ...]
    last: Block


class _Fusing:
    def __init__(self) -> None:
        self._parts: dict[PrimFunc, _Parts | None] = {}
        self._joined: dict[tuple[PrimFunc, PrimFunc, int, tuple[int, ...]], PrimFunc | None] = {}
        self._uses: Counter[Register] = Counter()

    def function(self, function: ProgramFunction) -> ProgramFunction:
        """The function with its kernels joined, the function itself if there is nothing to join."""
        self._uses = uses(function)
        body = self._body(function.body)
        return function if body is function.body else replace(function, body=body)

    def _body(self, body: Body) -> Body:
        if any(isinstance(item, RunKernel) and item.into for item in body.code):
            # What is written in place may be read by a kernel that would run later than it did.
            return body
        code: list[Instruction | None] = []
        makers: dict[Register, int] = {}
        for item in body.code:
            changed = item
            if isinstance(item, Choose):
                arms = self._body(item.then), self._body(item.otherwise)
                if arms[0] is not item.then or arms[1] is not item.otherwise:
                    changed = replace(item, then=arms[0], otherwise=arms[1])
            elif isinstance(item, RunKernel):
                changed = self._absorbed(item, code, makers)
                makers |= dict.fromkeys(item.outs, len(code))
            code.append(changed)
        kept = tuple(item for item in code if item is not None)
        same = len(kept) == len(body.code) and all(new is old for new, old in zip(kept, body.code, strict=True))
        return body if same else replace(body, code=kept)

    def _absorbed(self, item: RunKernel, code: list[Instruction | None], makers: dict[Register, int]) -> RunKernel:
        """The kernel joined with those that make its arguments, the latest first; these are taken out of the code."""
        refused: set[Register] = set()
        while True:
            open_ = [r for r in dict.fromkeys(item.args) if r in makers and self._uses[r] == 1 and r not in refused]
            if not open_:
                return item
            register = max(open_, key=makers.__getitem__)
            maker = code[makers[register]]
            joined = self._join(maker, item, item.args.index(register)) if isinstance(maker, RunKernel) else None
            if joined is None:
                refused.add(register)
                continue
            code[makers[register]] = None
            item = joined

    def _join(self, maker: RunKernel, item: RunKernel, place: int) -> RunKernel | None:
        if maker.scalars or item.scalars:
            return None
        others = (*item.args[:place], *item.args[place + 1 :])
        args = tuple(dict.fromkeys((*maker.args, *others)))
        pattern = tuple(args.index(register) for register in (*maker.args, *others))
        key = (maker.kernel, item.kernel, place, pattern)
        if key not in self._joined:
            first, second = self._known(maker.kernel), self._known(item.kernel)
            self._joined[key] = None
            if first is not None and second is not None and _agree(maker.kernel, item.kernel, place, pattern):
                self._joined[key] = _joined(maker.kernel, item.kernel, second, place, pattern)
        kernel = self._joined[key]
        return None if kernel is None else replace(item, kernel=kernel, args=args)

    def _known(self, func: PrimFunc) -> _Parts | None:
        if func not in self._parts:
            self._parts[func] = _parts(func)
        return self._parts[func]


def _parts(func: PrimFunc) -> _Parts | None:
    body = func.body.body if isinstance(func.body, Seq) else (func.body,)
    blocks = tuple(part for part in body if isinstance(part, Block))
    fixed = all(shapes.is_static(buffer.shape) for buffer in (*func.params, *func.allocations))
    if func.strict or func.outputs != 1 or func.scalars or len(blocks) < len(body) or not blocks or not fixed:
        return None
    last = blocks[-1]
    in_order = last.indices == tuple(axis.var for axis in last.spatial)
    filled = tuple(axis.extent for axis in last.spatial) == last.target.shape
    if last.target is not func.params[-1] or not in_order or not filled:
        return None
    return None if any(block.target is last.target for block in blocks[:-1]) else _Parts(blocks[:-1], last)


def _agree(first: PrimFunc, second: PrimFunc, place: int, pattern: Sequence[int]) -> bool:
    """Whether arguments that are one register have one type, and the value handed over has one on both sides."""
    inputs = [*first.params[:-1], *second.params[:place], *second.params[place + 1 : -1]]
    types: dict[int, tuple[object, str]] = {}
    for number, buffer in zip(pattern, inputs, strict=True):
        type_ = (buffer.shape, buffer.dtype)
        if types.setdefault(number, type_) != type_:
            return False
    made, read = first.params[-1], second.params[place]
    return (made.shape, made.dtype) == (read.shape, read.dtype)


def _joined(maker: PrimFunc, reader: PrimFunc, parts: _Parts, place: int, pattern: tuple[int, ...]) -> PrimFunc | None:
    read, last = reader.params[place], parts.last
    loads = [e for e in expressions([last.value]) if isinstance(e, prim.Load) and e.buffer is read]
    if last.combiner is not None or not loads or any(_reads(block, read) for block in parts.before):
        return None
    maker = _Fresh().function(maker)
    made = _parts(maker)
    assert made is not None
    places = {load.indices for load in loads}
    in_place = all(_in_place(load, last) for load in loads)
    is_anchor = made.last.combiner is not None
    if (is_anchor or made.before) and (not in_place or parts.before):
        return None
    if is_anchor:
        last = last.replace(value=Replace({load: prim.Load(read, last.indices) for load in loads}).value(last.value))
    else:
        size, wanted = (prod(shapes.static(block.target.shape)) for block in (made.last, last))
        if size < wanted or (len(places) > 1 and not isinstance(made.last.value, prim.Load)):
            return None
        last = last.replace(value=_written(last.value, loads, made.last))
        if len(expressions([last.value])) > _LARGEST:
            return None
    target = made.last.target
    # Arguments that are one register are one buffer.
    buffers = [*maker.params[:-1], *reader.params[:place], *reader.params[place + 1 : -1]]
    firsts = {number: buffers[pattern.index(number)] for number in pattern}
    same = {buffer: firsts[number] for number, buffer in zip(pattern, buffers, strict=True)}
    blocks: list[Stmt] = [*made.before, *([made.last] if is_anchor else []), *parts.before, last]
    allocations = (*maker.allocations, *reader.allocations, *([target] if is_anchor else []))
    renamed = _Buffers({**same, read: target})
    body = tuple(map(renamed.statement, blocks))
    params = (*(firsts[number] for number in sorted(firsts)), reader.params[-1])
    name = reader.name if reader.name.startswith(maker.name) else f"{maker.name}_{reader.name}"[:80]
    return PrimFunc(name, params, 1, body[0] if len(body) == 1 else Seq(body), allocations)


def _in_place(load: prim.Load, last: Block) -> bool:
    """Whether the element read has the place of the one that is made of it."""
    if load.buffer.shape != last.target.shape:
        return False
    pairs = zip(load.indices, last.indices, load.buffer.shape, strict=True)
    return all(index is place or size == 1 for index, place, size in pairs)


def _written(value: PrimExpr, loads: Sequence[prim.Load], made: Block) -> PrimExpr:
    """The value with what a block makes in the place of what is read of it."""
    places = {
        indices: Replace(dict(zip(made.indices, indices, strict=True))).value(made.value)
        for indices in {load.indices for load in loads}
    }
    return Replace({load: places[load.indices] for load in loads}).value(value)


def _reads(block: Block, buffer: Buffer) -> bool:
    roots = [block.value, *block.indices, *([] if block.init is None else [block.init])]
    return any(isinstance(expr, prim.Load) and expr.buffer is buffer for expr in expressions(roots))


class _Fresh(Rewriter):
    """A kernel over buffers and variables of its own: it may be written into another one twice."""

    def buffer(self, buffer: Buffer) -> Buffer:
        return Buffer(buffer.name, buffer.shape, buffer.dtype)

    def statement(self, stmt: Stmt) -> Stmt:
        if isinstance(stmt, Block):
            axes = (*stmt.spatial, *stmt.reduce)
            fresh = {axis: axis.replace(var=Var(axis.var.name, axis.var.dtype)) for axis in axes}
            self._done |= {axis.var: fresh[axis].var for axis in axes}
            stmt = stmt.replace(
                spatial=tuple(fresh[axis] for axis in stmt.spatial), reduce=tuple(fresh[axis] for axis in stmt.reduce)
            )
        return super().statement(stmt)


class _Buffers(Rewriter):
    def __init__(self, changed: dict[Buffer, Buffer]) -> None:
        super().__init__()
        self._buffers |= changed
