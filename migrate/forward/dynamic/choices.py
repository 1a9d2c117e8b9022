"""Choices between sizes as arithmetic, which every release of TVM evaluates: its builder looks for a type rule of
``if_then_else`` in shapes and finds none (0.27).
"""

from __future__ import annotations

from typing import Any

from tensor_core import prim, shapes
from tensor_core.shapes import Dim


def same(a: Dim, b: Dim) -> Dim:
    """1 where two numbers are equal, else 0."""
    if isinstance(a, int) and isinstance(b, int):
        return int(a == b)
    apart = least(1, greatest(shapes.subtract(a, b), shapes.subtract(b, a)))
    return shapes.subtract(1, apart)


def less(a: Dim, b: Dim) -> Dim:
    """1 where ``a < b``, else 0."""
    if isinstance(a, int) and isinstance(b, int):
        return int(a < b)
    return least(1, greatest(0, shapes.subtract(b, a)))


def either(holds: Dim, then: Dim, otherwise: Dim) -> Dim:
    """``then`` where ``holds`` is 1, ``otherwise`` where it is 0."""
    if isinstance(holds, int):
        return then if holds else otherwise
    return shapes.add(otherwise, shapes.multiply(holds, shapes.subtract(then, otherwise)))


def all_of(*conditions: Dim) -> Dim:
    """1 where all conditions are 1, else 0."""
    return shapes.product(conditions)


def least(a: Dim, b: Dim) -> Dim:
    """The smaller of two numbers."""
    return shapes.simplify(prim.Min(shapes.as_expr(a), shapes.as_expr(b)))


def greatest(a: Dim, b: Dim) -> Dim:
    """The larger of two numbers."""
    return shapes.simplify(prim.Max(shapes.as_expr(a), shapes.as_expr(b)))


LARGEST = 64
"""Nodes of an expression that is carried along: the canonical form of a larger one may be exponential in its size."""


LARGEST_DEFINED = 4000
"""Nodes of an expression that a symbol is defined by: nothing computes with it any more."""


def is_small(dim: Dim, largest: int = LARGEST) -> bool:
    """Whether an expression has few nodes."""
    stack: list[Any] = [dim]
    count = 0
    while stack and count <= largest:
        item = stack.pop()
        count += 1
        if isinstance(item, prim.PrimExpr):
            stack += item.iter_children()
    return count <= largest


def is_simple(dim: Dim) -> bool:
    """Whether a dimension reads well where it is used: no choice is in it."""
    stack: list[Any] = [dim]
    while stack:
        item = stack.pop()
        if isinstance(item, prim.Select | prim.Min | prim.Max):
            return False
        if isinstance(item, prim.PrimExpr):
            stack += item.iter_children()
    return True
