"""How much work a kernel is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from tensor_core import dtypes, prim
from tensor_core.loops.nodes import Axis, Block, For, If, PrimFunc, Seq, Stmt
from tensor_core.loops.rewrite import Rewriter
from tensor_core.shapes import Dim

_UNKNOWN = 64


def points(func: PrimFunc) -> int:
    """The number of points that all blocks and loops visit; an unknown size counts as 64, a branch as taken."""
    return sum(_visits(func, lambda block: (*block.spatial, *block.reduce)))


def longest_sum(func: PrimFunc) -> int:
    """How many values one element is accumulated from at most; an unknown size counts as 64, a loop as accumulating."""
    return max((1, *_visits(func, lambda block: block.reduce)))


def _visits(func: PrimFunc, axes: Callable[[Block], Iterable[Axis]]) -> Iterator[int]:
    """How often each innermost statement runs: the product of the loops around it and of these axes of its block."""
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
                yield around * math.prod(_size(axis.extent) for axis in axes(stmt))
            case _:
                yield around


def _size(extent: Dim) -> int:
    if isinstance(extent, prim.IntImm):
        return extent.value
    return extent if isinstance(extent, int) else _UNKNOWN


_INTRINSIC = 4.0
"""Roundings of a call of a mathematical function: what the cards of such functions admit."""


def roundings(func: PrimFunc) -> float:
    """How many operations on floats that may round stand in a kernel, a mathematical function counted as several."""
    counted = _Count()
    counted.function(func)
    return counted.roundings


class _Count(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self.roundings = 0.0

    def expression(self, expr: prim.PrimExpr) -> prim.PrimExpr:
        if dtypes.is_float(expr.dtype):
            match expr:
                case prim.Add() | prim.Sub() | prim.Mul() | prim.Div() | prim.Cast():
                    self.roundings += 1.0
                case prim.Intrinsic() if expr.name != "reinterpret":
                    self.roundings += _INTRINSIC
                case _:
                    pass
        return expr
