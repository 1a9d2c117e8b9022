"""Layouts as values: "NCHW4c" (tvm.tir.Layout in TVM 0.19)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

_AXIS = re.compile(r"(\d*)([A-Za-z])")

Axis = tuple[str, int]
"""A letter, and the size of the block for a small one; 0 for a capital letter, which is a dimension itself."""


class Layout:
    """The axes of a tensor in order. A small letter with a number is a block of the dimension of its capital letter.

    Equal when the names are. A name may have numbers that belong to no axis ("N5", "1"), which TVM uses for operands
    whose layout nobody changes. ValueError for a name that is no layout. An unknown layout is None, not a Layout.
    """

    __slots__ = ("axes", "name")

    def __init__(self, name: str, axes: Sequence[Axis] | None = None) -> None:
        self.name = name
        self.axes: tuple[Axis, ...] = tuple(_parsed(name) if axes is None else axes)

    @staticmethod
    def of(axes: Sequence[Axis]) -> Layout:
        """The layout of these axes, which may be none, as of a scalar."""
        return Layout("".join(f"{size or ''}{letter}" for letter, size in axes), axes)

    @property
    def letters(self) -> str:
        """The letters of all axes."""
        return "".join(letter for letter, _ in self.axes)

    @property
    def ndim_primal(self) -> int:
        """The number of dimensions, blocks not counted."""
        return sum(letter.isupper() for letter in self.letters)

    def index_of(self, axis: str) -> int:
        """Where a letter stands; -1 where it does not."""
        return self.letters.find(axis)

    def factor_of(self, axis: str) -> int:
        """The size of all blocks of a dimension; -1 when it has none."""
        sizes = [size for letter, size in self.axes if letter == axis.lower()]
        product = 1
        for size in sizes:
            product *= size
        return product if sizes else -1

    def sub(self, position: int, length: int) -> Layout:
        """The layout of some neighbouring axes."""
        return Layout.of(self.axes[position : position + length])

    def expand_primal(self, target: Layout) -> Layout:
        """With the dimensions that only ``target`` has in front."""
        missing = "".join(letter for letter in target.letters if letter.isupper() and letter not in self.letters)
        return Layout(missing + self.name)

    def __len__(self) -> int:
        return len(self.axes)

    def __contains__(self, axis: str) -> bool:
        return axis in self.letters and "[" not in axis

    def __getitem__(self, index: int) -> str:
        """The letter of an axis; IndexError when there is none."""
        if index < 0:
            index += len(self.axes)
        if not 0 <= index < len(self.axes):
            raise IndexError("Layout index out of range")
        return self.letters[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self.letters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Layout({self.name})"


def layout(name: str) -> Layout:
    """A layout by its name (tvm.tir.layout)."""
    return Layout(name)


@cache
def _parsed(name: str) -> tuple[Axis, ...]:
    found = _AXIS.findall(name)
    rest = _AXIS.sub("", name)
    axes = tuple((letter, int(size or 0)) for size, letter in found)
    letters = {letter for letter, _ in axes}
    wrong = any(letter.islower() != (size > 0) for letter, size in axes)
    if wrong or (rest and not rest.isdigit()) or any(letter.upper() not in letters for letter in letters):
        raise ValueError(f"Invalid layout {name}")
    return axes


def convertible(source: Layout, target: Layout) -> bool:
    """Whether a tensor can be brought from one layout into the other: both have the same dimensions."""
    return bool(source.axes) and {*source.letters.upper()} == {*target.letters.upper()}
