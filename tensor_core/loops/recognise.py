"""Loops that are data-parallel, or accumulate, as the blocks of a kernel.

Programs that were read have loops only; a block says of its axes what they are, which is what a backend needs to
reorder, vectorise and parallelise them. A nest of loops is recognised when that is certain: every loop variable stands
in one index of the target and in no other, and the value does not read the target beside the accumulation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tensor_core import prim
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, For, If, Seq, Stmt, Store
from tensor_core.loops.rewrite import expressions, operands
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_dim

_COMBINERS: dict[type[PrimExpr], Combiner] = {
    prim.Add: Combiner.SUM,
    prim.Mul: Combiner.PROD,
    prim.Max: Combiner.MAX,
    prim.Min: Combiner.MIN,
    prim.And: Combiner.ALL,
    prim.Or: Combiner.ANY,
}


@dataclass(frozen=True, slots=True)
class _Nest:
    """Loops one inside the other, and what the innermost does."""

    loops: tuple[For, ...]
    body: Stmt

    @property
    def vars(self) -> set[Var]:
        return {loop.var for loop in self.loops}

    def axes(self) -> tuple[Axis, ...]:
        return tuple(Axis(loop.var, as_dim(loop.extent)) for loop in self.loops)


def recognise(stmt: Stmt) -> Stmt:
    """The statement with blocks in place of the loop nests that are certain to be such."""
    match stmt:
        case Seq():
            return _sequence(stmt)
        case If():
            otherwise = recognise(stmt.otherwise) if stmt.otherwise is not None else None
            return stmt.replace(then=recognise(stmt.then), otherwise=otherwise)
        case For():
            nest = _nest(stmt)
            found = _parallel(nest) or _accumulation(nest) or _tensor_ir_reduction(nest)
            return found or stmt.replace(body=recognise(stmt.body))
        case _:
            return stmt


def _sequence(stmt: Seq) -> Stmt:
    """A sequence; a start value and the loops that accumulate onto it may stand in it without loops around them."""
    result: list[Stmt] = []
    items = stmt.body
    place = 0
    while place < len(items):
        pair = items[place : place + 2]
        found = _accumulation(_Nest((), Seq(pair))) if len(pair) == 2 else None
        result.append(found or recognise(items[place]))
        place += 2 if found else 1
    return result[0] if len(result) == 1 else Seq(tuple(result))


def _nest(stmt: Stmt) -> _Nest:
    loops: list[For] = []
    while isinstance(stmt, For):
        loops.append(stmt)
        stmt = stmt.body
    return _Nest(tuple(loops), stmt)


def _parallel(nest: _Nest) -> Block | None:
    """``for ...: target[...] = value``."""
    store = nest.body
    if not isinstance(store, Store) or not _independent(nest.loops) or not _covers(store.indices, nest.vars):
        return None
    if _reads(store.value, store.buffer):
        return None
    return Block(nest.axes(), (), store.buffer, store.indices, store.value)


def _accumulation(nest: _Nest) -> Block | None:
    """``for ...: target[...] = start; for ...: target[...] = target[...] + value``."""
    body = nest.body
    if not isinstance(body, Seq) or len(body.body) != 2:
        return None
    start, inner = body.body[0], _nest(body.body[1])
    if not isinstance(start, Store) or not isinstance(inner.body, Store) or not inner.loops:
        return None
    return _reduction(nest.loops, inner.loops, start, inner.body)


def _tensor_ir_reduction(nest: _Nest) -> Block | None:
    """``for ...: if every reduction variable is 0: target[...] = start; target[...] = target[...] + value``."""
    body = nest.body
    if not isinstance(body, Seq) or len(body.body) != 2:
        return None
    first, update = body.body
    if not isinstance(first, If) or first.otherwise is not None or not isinstance(first.then, Store):
        return None
    reduced = _zero_variables(first.condition)
    if reduced is None or not isinstance(update, Store):
        return None
    spatial = tuple(loop for loop in nest.loops if loop.var not in reduced)
    inner = tuple(loop for loop in nest.loops if loop.var in reduced)
    return _reduction(spatial, inner, first.then, update) if len(inner) == len(reduced) else None


def _reduction(spatial: tuple[For, ...], reduced: tuple[For, ...], start: Store, update: Store) -> Block | None:
    outer = _Nest(spatial, start)
    if not _independent((*spatial, *reduced)) or not _covers(start.indices, outer.vars):
        return None
    if update.buffer is not start.buffer or not _same(start.indices, update.indices):
        return None
    combiner = _COMBINERS.get(type(update.value))
    if combiner is None or not isinstance(update.value, prim.Binary):
        return None
    before, value = update.value.a, update.value.b
    accumulates = (
        isinstance(before, prim.Load) and before.buffer is start.buffer and _same(before.indices, start.indices)
    )
    if not accumulates or _reads(value, start.buffer) or _mentions(start.value):
        return None
    inner = _Nest(reduced, update)
    return Block(outer.axes(), inner.axes(), start.buffer, start.indices, value, combiner, start.value)


def _independent(loops: Sequence[For]) -> bool:
    """Whether the ranges are 64-bit, as those of blocks, and none depends on another loop."""
    names = {loop.var for loop in loops}
    if len(names) < len(loops):
        return False
    return all(loop.var.dtype == "int64" and names.isdisjoint(expressions([loop.extent])) for loop in loops)


def _covers(indices: Iterable[PrimExpr], names: set[Var]) -> bool:
    """Whether every variable stands alone, shifted at most, in exactly one index."""
    found: list[Var] = []
    for index in indices:
        used = names.intersection(expressions([index]))
        if not used:
            continue
        if len(used) > 1 or not _shifts(index, next(iter(used))):
            return False
        found += used
    return len(found) == len(names) == len(set(found))


def _shifts(index: PrimExpr, var: Var) -> bool:
    """Whether an index is the variable plus or minus something without it."""
    while index is not var:
        if not isinstance(index, prim.Add | prim.Sub):
            return False
        inside = var in expressions([index.a])
        if var in expressions([index.b]) and (inside or isinstance(index, prim.Sub)):
            return False
        index = index.a if inside else index.b
    return True


def _reads(value: PrimExpr, buffer: Buffer) -> bool:
    return any(isinstance(item, prim.Load) and item.buffer is buffer for item in expressions([value]))


def _mentions(start: PrimExpr) -> bool:
    """Whether a start value depends on anything but constants."""
    return any(isinstance(item, prim.Load | Var) for item in expressions([start]))


def _zero_variables(condition: PrimExpr) -> set[Var] | None:
    """The variables that a conjunction of ``variable == 0`` names; None when it says something else."""
    found: set[Var] = set()
    stack = [condition]
    while stack:
        item = stack.pop()
        if isinstance(item, prim.And):
            stack += [item.a, item.b]
        elif (
            isinstance(item, prim.EQ)
            and isinstance(item.a, Var)
            and isinstance(item.b, prim.IntImm)
            and not item.b.value
        ):
            found.add(item.a)
        else:
            return None
    return found


def _same(left: Sequence[PrimExpr], right: Sequence[PrimExpr]) -> bool:
    """Whether two lists of expressions are equal node by node."""
    if len(left) != len(right):
        return False
    stack = list(zip(left, right, strict=True))
    while stack:
        a, b = stack.pop()
        if a is b:
            continue
        if type(a) is not type(b) or isinstance(a, Var) or a.dtype != b.dtype or _own(a) != _own(b):
            return False
        inside, other = list(operands(a)), list(operands(b))
        if len(inside) != len(other):
            return False
        stack += zip(inside, other, strict=True)
    return True


def _own(expr: PrimExpr) -> object:
    """What an expression says beside its operands."""
    match expr:
        case prim.IntImm() | prim.FloatImm() | prim.StringImm():
            return expr.value
        case prim.Load():
            return expr.buffer
        case prim.Intrinsic():
            return expr.name
        case prim.Select():
            return expr.guards
        case _:
            return None
