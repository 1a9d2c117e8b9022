"""Layout strings with blocks, such as "NCHW4c", and what each element's position is from one layout to another.

A capital letter is a dimension; a number with the small letter is an inner block of it: position ``C * 4 + c``. Several
blocks of one dimension count from the outermost to the innermost in the order they are written (tir.BijectiveLayout in
TVM 0.19). Where blocks do not divide a dimension, the result is larger than the data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod

from tensor_core import shapes
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import show
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape

_PART = re.compile(r"([A-Z])|(\d+)([a-z])")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a layout: the capital letter of its dimension, and the block size (None: the dimension itself)."""

    letter: str
    block: int | None


Layout = tuple[Axis, ...]


@cache
def parse(text: str) -> Layout:
    """The axes of a layout; Reject for a text that is none."""
    axes: list[Axis] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or match[2] == "0" * len(match[2] or ""):
            raise Reject(f"{text!r} is no layout")
        axes.append(Axis(match[1], None) if match[1] else Axis(match[3].upper(), int(match[2])))
        position = match.end()
    whole = [axis.letter for axis in axes if axis.block is None]
    if not axes or len(set(whole)) != len(whole) or {axis.letter for axis in axes} != set(whole):
        raise Reject(f"{text!r} is no layout: every dimension must appear once, beside its blocks")
    return tuple(axes)


def between(source: str, target: str) -> tuple[Layout, Layout]:
    """Both layouts; Reject unless they are of the same dimensions."""
    a, b = parse(source), parse(target)
    if {axis.letter for axis in a} != {axis.letter for axis in b}:
        raise Reject(f"layout {source!r} cannot be converted to {target!r}")
    return a, b


def blocks(layout: Layout, letter: str) -> tuple[int, ...]:
    """The block sizes of a dimension, outermost first."""
    return tuple(axis.block for axis in layout if axis.letter == letter and axis.block is not None)


def extents(layout: Layout, shape: Shape) -> dict[str, Dim]:
    """The number of elements along each dimension of an array in a layout; Reject when it does not fit."""
    if len(shape) != len(layout):
        raise Reject(f"the layout has {len(layout)} axes, the data {show(shape)}", 0)
    result: dict[str, Dim] = {}
    for axis, extent in zip(layout, shape, strict=True):
        if axis.block is None:
            result[axis.letter] = shapes.multiply(extent, prod(blocks(layout, axis.letter)))
        elif isinstance(extent, int) and extent != axis.block:
            raise Reject(f"a block of {axis.block} is {extent} long in {show(shape)}", 0)
    return result


def arranged(layout: Layout, sizes: dict[str, Dim]) -> Shape:
    """The shape of an array in a layout that holds these numbers of elements."""

    def extent(axis: Axis) -> Dim:
        if axis.block is not None:
            return axis.block
        inner = prod(blocks(layout, axis.letter))
        return (
            shapes.floor_divide(shapes.add(sizes[axis.letter], inner - 1), inner) if inner > 1 else sizes[axis.letter]
        )

    return tuple(map(extent, layout))


def positions(layout: Layout, indices: Sequence[PrimExpr]) -> dict[str, PrimExpr]:
    """The position along each dimension of the element at ``indices``."""
    result: dict[str, PrimExpr] = {}
    for letter in {axis.letter for axis in layout}:
        total = next(i for axis, i in zip(layout, indices, strict=True) if axis == Axis(letter, None))
        for axis, index in zip(layout, indices, strict=True):
            if axis.letter == letter and axis.block is not None:
                total = total * axis.block + index
        result[letter] = total
    return result


def indices(layout: Layout, positions: dict[str, PrimExpr]) -> tuple[PrimExpr, ...]:
    """Where in an array of a layout the element at these positions stands."""
    result: list[PrimExpr] = []
    for place, axis in enumerate(layout):
        own = blocks(layout, axis.letter)
        if axis.block is None:
            result.append(positions[axis.letter] // prod(own) if own else positions[axis.letter])
        else:
            later = prod(item.block or 1 for item in layout[place + 1 :] if item.letter == axis.letter)
            inner = positions[axis.letter] // later if later > 1 else positions[axis.letter]
            result.append(inner % axis.block)
    return tuple(result)
