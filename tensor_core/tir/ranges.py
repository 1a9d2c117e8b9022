"""Ranges as Python slices say them: from a start up to a stop."""

from __future__ import annotations

from tensor_core import prim, shapes
from tensor_core.prim import IntImm, PrimExpr
from tensor_core.tir.expr import Range
from tensor_core.tir.make import binary, matched
from tensor_core.tir.same import same


def between(start: PrimExpr, stop: PrimExpr) -> Range:
    """The range ``start <= x < stop``; a stop written as ``start + extent`` gives that extent."""
    start, stop = matched(start, stop)
    if isinstance(start, IntImm) and start.value == 0:
        return Range(start, stop)
    if isinstance(stop, prim.Add) and same(stop.a, start):
        return Range(start, stop.b)
    return Range(start, difference(stop, start))


def difference(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    """``a - b``, as a constant where it is one for every value of the variables."""
    if isinstance(a, IntImm) and isinstance(b, IntImm):
        return IntImm(a.value - b.value, a.dtype)
    known = shapes.simplify(prim.Sub(a, b)) if a.dtype.startswith("int") else None
    if isinstance(known, int):
        return IntImm(known, a.dtype)
    return binary(prim.Sub, a, b)


def lanes_between(start: PrimExpr, stop: PrimExpr, step: PrimExpr) -> PrimExpr:
    """The number of steps from a start to a stop."""
    extent = between(start, stop).extent
    if isinstance(extent, IntImm) and isinstance(step, IntImm) and step.value > 0:
        return IntImm(-(-extent.value // step.value), "int32")
    return binary(prim.FloorDiv, extent, step)
