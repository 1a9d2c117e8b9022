"""Conditions on sizes that must hold at run time, in a form that every TVM checks: a match_cast of a shape."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.forward.dynamic.choices import either, same
from tensor_core import prim, shapes
from tensor_core.shapes import Dim


@dataclass(frozen=True, slots=True)
class Guard:
    """``found`` must be ``wanted``; where that is a symbol of its own, it is defined so. ``name``: what the check is
    called in the script.
    """

    found: Dim
    wanted: Dim
    name: str

    def names(self) -> tuple[str, ...]:
        """The symbols of the condition, for messages."""
        return tuple(var.name for dim in (self.found, self.wanted) for var in shapes.free_vars(dim))


def between(size: Dim, low: int, high: int, label: str) -> Guard:
    """The size lies in a closed range: exactly then the quotient is 0."""
    return Guard(shapes.floor_divide(shapes.subtract(size, low), high - low + 1), 0, f"{label}_from_{low}_to_{high}")


def broadcastable(a: Dim, b: Dim, one_of: tuple[Dim, ...] | None = None) -> Guard:
    """Two sizes are equal or one (of ``one_of``, by default either) is 1: exactly then the product is 0."""
    product: prim.PrimExpr = shapes.as_expr(a) - shapes.as_expr(b)
    for dim in (a, b) if one_of is None else one_of:
        if not isinstance(dim, int):
            product = product * (dim - 1)
    return Guard(product, 0, f"{label_of(a)}_broadcasts_with_{label_of(b)}")


def joint(a: Dim, b: Dim) -> Dim:
    """The broadcast of two sizes of which :func:`broadcastable` holds."""
    for dim, other in ((a, b), (b, a)):
        if isinstance(dim, int):
            return dim if dim != 1 else other
    return either(same(a, 1), b, a)


def label_of(dim: Dim) -> str:
    """A size as a part of a name."""
    names = [str(dim)] if isinstance(dim, int) else [var.name for var in shapes.free_vars(dim)]
    return "_".join(names)
