"""Scratch buffers whose values go from one iteration of a loop to the next without being set before the loop.

TVM moves an allocation into the innermost loop that holds all accesses of it, and may make it smaller there: what an
iteration leaves behind is gone then.
"""

from collections.abc import Iterator

from tensor_core import prim
from tensor_core.loops.nodes import Block, Buffer, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.rewrite import expressions
from tensor_core.node import Node

Access = tuple[Buffer, bool, tuple[Node, ...]]
"""The buffer, whether it is written, and the loops and branches around, outermost first."""


def carried(func: PrimFunc) -> list[str]:
    """The names of such buffers."""
    found: list[str] = []
    accesses = list(_accesses(func.body, ()))
    for buffer in func.allocations:
        own = [(written, around) for place, written, around in accesses if place is buffer]
        if not own:
            continue
        shared = _common([around for _, around in own])
        branches = [node for node in own[0][1][len(shared) :] if isinstance(node, If)]
        is_set = own[0][0] and all(_sets(node.then, buffer) and _sets(node.otherwise, buffer) for node in branches)
        if any(isinstance(node, For) for node in shared) and not is_set:
            found.append(buffer.name)
    return found


def _sets(branch: Stmt | None, buffer: Buffer) -> bool:
    """Whether the first access of a buffer in a branch writes it."""
    return next((written for place, written, _ in _accesses(branch, ()) if place is buffer), False)


def _common(paths: list[tuple[Node, ...]]) -> tuple[Node, ...]:
    count = 0
    while all(len(path) > count and path[count] is paths[0][count] for path in paths):
        count += 1
    return paths[0][:count]


def _accesses(stmt: Stmt | None, around: tuple[Node, ...]) -> Iterator[Access]:
    match stmt:
        case Seq():
            for item in stmt.body:
                yield from _accesses(item, around)
        case For():
            yield from _loads([stmt.extent], around)
            yield from _accesses(stmt.body, (*around, stmt))
        case If():
            yield from _loads([stmt.condition], around)
            yield from _accesses(stmt.then, (*around, stmt))
            yield from _accesses(stmt.otherwise, (*around, stmt))
        case Store():
            yield from _loads([*stmt.indices, stmt.value], around)
            yield stmt.buffer, True, around
        case Block():
            yield from _loads([*stmt.indices, stmt.value], around)
            yield stmt.target, True, around
        case _:
            return


def _loads(roots: list[prim.PrimExpr], around: tuple[Node, ...]) -> Iterator[Access]:
    for node in expressions(roots):
        if isinstance(node, prim.Load):
            yield node.buffer, False, around
