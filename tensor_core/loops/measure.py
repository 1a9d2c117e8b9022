"""How much work a kernel is."""

from __future__ import annotations

from tensor_core import prim
from tensor_core.loops.nodes import Block, For, If, PrimFunc, Seq, Stmt
from tensor_core.shapes import Dim

_UNKNOWN = 64


def points(func: PrimFunc) -> int:
    """The number of points that all blocks and loops visit; an unknown size counts as 64, a branch as taken."""
    total = 0
    stack: list[tuple[Stmt, int]] = [(func.body, 1)]
    while stack:
        stmt, around = stack.pop()
        match stmt:
            case Seq():
                stack += [(item, around) for item in stmt.body]
            case For():
                stack.append((stmt.body, around * _size(stmt.extent)))
            case If():
                stack += [(item, around) for item in (stmt.then, stmt.otherwise) if item is not None]
            case Block():
                for axis in (*stmt.spatial, *stmt.reduce):
                    around *= _size(axis.extent)
                total += around
            case _:
                total += around
    return total


def _size(extent: Dim) -> int:
    if isinstance(extent, prim.IntImm):
        return extent.value
    return extent if isinstance(extent, int) else _UNKNOWN
