"""Layouts of Relax values, counted from the layout that each value has before anything is converted.

A layout lists the axes of a tensor in order; "A" is the dimension that was first, "B" the second and so on, so that
every operator's tensors are written alike. A dimension may have blocks ("ABCD4b", see
:mod:`tensor_core.ops.bijective`). The layout of a tuple is :class:`Fields`, that of anything else None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod

from relax_core.ir.types import TensorType, TupleType, Type
from tensor_core import shapes
from tensor_core.ops.bijective import Axis, Layout, blocks, indices, parse, positions
from tensor_core.prim import Var
from tensor_core.shapes import Dim
from tensor_core.tir.expr import IndexMap

__all__ = [
    "Axis",
    "Fields",
    "Layout",
    "Nested",
    "axes_of",
    "blocks",
    "dimension",
    "fits",
    "followed",
    "index_map",
    "initial",
    "initial_of",
    "is_packed",
    "letter",
    "permutation",
    "place",
    "stated",
    "wanted",
]


@dataclass(frozen=True, slots=True)
class Fields:
    """The layouts of a tuple's fields."""

    items: tuple[Nested, ...]


Nested = Layout | Fields | None


@cache
def letter(number: int) -> str:
    """The letter of a dimension."""
    return chr(ord("A") + number)


def dimension(axis: Axis) -> int:
    """The dimension that an axis is, or is a block of."""
    return ord(axis.letter) - ord("A")


@cache
def initial(rank: int) -> Layout:
    """The layout that a tensor of this rank has at first."""
    return tuple([Axis(letter(n), None) for n in range(rank)])


def initial_of(type_: Type | None) -> Nested:
    """The layout that a value of this type has at first; None where it is no tensor of known rank."""
    if isinstance(type_, TupleType):
        return Fields(tuple(map(initial_of, type_.fields)))
    return initial(type_.ndim) if isinstance(type_, TensorType) and type_.ndim >= 0 else None


def is_packed(layout: Layout) -> bool:
    """Whether a dimension is stored in blocks."""
    return any(axis.block is not None for axis in layout)


def place(layout: Layout, number: int) -> int:
    """Where a dimension stands, its blocks aside."""
    return layout.index(Axis(letter(number), None))


def axes_of(layout: Layout, dimensions: Sequence[int]) -> tuple[int, ...]:
    """Where these dimensions and all of their blocks stand, in order."""
    letters = {letter(n) for n in dimensions}
    return tuple([n for n, axis in enumerate(layout) if axis.letter in letters])


def fits(dims: Sequence[Dim] | None, layout: Layout) -> bool:
    """Whether the blocks of a layout provably divide a tensor of these dimensions, so that nothing is padded."""
    for axis in layout:
        if axis.block is None:
            continue
        factor = prod(blocks(layout, axis.letter))
        dim = dims[dimension(axis)] if dims is not None else None
        if dim is None or not shapes.prove_equal(shapes.multiply(shapes.floor_divide(dim, factor), factor), dim):
            return False
    return True


def followed(layout: Layout, rank: int) -> Layout:
    """The layout of a tensor of a higher rank whose last dimensions are those of a layout without blocks."""
    added = rank - len(layout)
    moved = [Axis(letter(dimension(axis) + added), None) for axis in layout]
    return (*initial(added), *moved)


def stated(text: str, layout: Layout) -> str | None:
    """How an operator that calls a tensor's layout ``text`` ("NCHW") calls it in a layout; None where it cannot."""
    own = parse(text)
    found: list[str] = []
    for axis in layout:
        number = dimension(axis)
        if number >= len(own) or (own[number].block and is_packed(layout)):
            return None
        name, block = own[number].letter, axis.block or own[number].block
        found.append(f"{block}{name.lower()}" if block else name)
    return "".join(found)


def wanted(text: str, target: str) -> Layout | None:
    """The layout that makes ``target`` of what an operator calls ``text``; None where there is none."""
    own, parts = parse(text), parse(target)
    if len(own) == len(parts) and set(own) == set(parts) and len(set(own)) == len(own):
        return tuple([Axis(letter(own.index(part)), None) for part in parts])
    letters = [part.letter for part in own]
    if len(set(letters)) < len(letters) or {part.letter for part in parts} != set(letters):
        return None
    return tuple([Axis(letter(letters.index(part.letter)), part.block) for part in parts])


def permutation(source: Layout, target: Layout) -> tuple[int, ...] | None:
    """The axes that bring a tensor from one layout to another; None where blocks are cut or joined."""
    if len(source) != len(target) or set(source) != set(target) or len(set(source)) < len(source):
        return None
    return tuple(map(source.index, target))


def index_map(source: Layout, target: Layout) -> IndexMap:
    """Where the elements of a tensor in one layout stand in another of the same dimensions."""
    places = tuple([Var(f"i{n}", "int32") for n in range(len(source))])
    return IndexMap(places, indices(target, positions(source, places)))
