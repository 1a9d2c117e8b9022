"""Groups of equal elements in tensor programs, found by sorting: what the operators for distinct elements share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups by number, all in int64 and zero behind the last group.

    ``first``: where a group's first element stands; ``counts``: how many it has; ``member``: the group of each element;
    ``total``: the number of groups, of rank 0.
    """

    first: Tensor
    counts: Tensor
    member: Tensor
    total: Tensor


def grouped(
    b: LoopBuilder,
    extent: Dim,
    sort: Callable[[Callable[[Tensor], Stmt]], None],
    differs: Callable[[PrimExpr, PrimExpr], PrimExpr],
    is_sorted: bool,
) -> Groups:
    """Add the statements that group ``extent`` elements.

    ``sort`` adds those that order the positions stably, and what it is given then; ``differs`` says of two positions
    that follow each other whether a new group begins. Groups are numbered in that order, or as they first occur.
    """
    first, counts, number = (
        b.compute((extent,), lambda *_: 0, "int64", name=name) for name in ("first", "counts", "number")
    )
    group, leader, member = (b.scratch((extent,), "int64", name) for name in ("group", "leader", "member"))
    total, met = (b.compute((), lambda: 0, "int64", name=name) for name in ("total", "met"))

    def assign(order: Tensor, n: PrimExpr) -> Stmt:
        place = order[n]
        begins = prim.if_then_else(n > 0, differs(order[n - 1], place), prim.const(True, "bool"))
        begin = sequence(store(leader, [met[()]], place), store(met, (), met[()] + 1))
        return sequence(when(begins, begin), store(group, [place], met[()] - 1))

    def visit(place: PrimExpr) -> Stmt:
        own = group[place]
        meet = sequence(
            store(number, [own], total[()]), store(first, [total[()]], place), store(total, (), total[()] + 1)
        )
        known = number[own]
        return sequence(
            when(leader[own].equal(place), meet),
            store(member, [place], known),
            store(counts, [known], counts[known] + 1),
        )

    def found(order: Tensor) -> Stmt:
        numbered = loop(extent, lambda n: visit(order[n] if is_sorted else n))
        return sequence(loop(extent, lambda n: assign(order, n)), numbered)

    sort(found)
    return Groups(first, counts, member, total)
