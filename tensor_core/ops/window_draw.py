"""Drawing windows that slide over a tensor, and layouts of its dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensor_core import shapes
from tensor_core.ops import windows
from tensor_core.ops.draw import FLOATS, INTS, Draw


@dataclass(frozen=True, slots=True)
class Window:
    """A window by spatial dimension, over ``size`` elements; ``padding`` is all befores then all afters."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]

    @property
    def extents(self) -> tuple[int, ...]:
        """How many places the window takes along each dimension."""
        each = zip(self.size, windows.pairs(self.padding), self.kernel, self.strides, self.dilation, strict=True)
        return shapes.static([windows.extent(*one) for one in each])


def window(d: Draw, count: int, overhang: bool = False) -> Window:
    """A window with at least one place along each of ``count`` dimensions.

    With ``overhang`` the window may reach beyond the data and its padding by less than a stride.
    """
    kernel, strides, dilation = d.extents(count, 1, 3), d.extents(count, 1, 3), d.extents(count, 1, 2)
    padding = d.extents(2 * count, 0, 2)
    least = [
        max(1, (k - 1) * gap + 1 - before - after - (step - 1) * overhang)
        for k, step, gap, before, after in zip(kernel, strides, dilation, padding[:count], padding[count:], strict=True)
    ]
    return Window(tuple(n + d.integer(0, 3) for n in least), kernel, strides, dilation, padding)


def whole_layout(d: Draw, letters: str) -> str:
    """These letters in any order."""
    return "".join(letters[n] for n in d.permutation(len(letters)))


def layout(d: Draw, letters: str, dims: Sequence[int]) -> str:
    """A layout of dimensions of these extents: any order, any of them in blocks that divide it."""
    parts = list(whole_layout(d, letters))
    if d.flag():
        for letter, dim in zip(letters, dims, strict=True):
            block = d.one_of(*divisors(dim))
            if block > 1:
                parts.insert(len(parts) - d.integer(0, len(parts)), f"{block}{letter.lower()}")
    return "".join(parts)


def channels_in_blocks(d: Draw, letters: str, dims: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """A layout of ``letters`` in any order, channels perhaps in blocks, and the shape that has it."""
    stated, block = whole_layout(d, letters), d.one_of(1, 2, 4)
    shape = tuple(dims[letters.index(letter)] for letter in stated)
    return (f"{stated}{block}c", (*shape, block)) if block > 1 else (stated, shape)


def divisors(number: int) -> tuple[int, ...]:
    """What divides a number, the least first."""
    return tuple(n for n in range(1, number + 1) if number % n == 0)


@dataclass(frozen=True, slots=True)
class Accumulation:
    """Element types of a sum of products; ``out`` is empty for the first operand's."""

    left: str
    right: str
    out: str


def accumulation(d: Draw) -> Accumulation:
    """Two operands' element types and the result's: floats of one type, integers of any two."""
    if d.flag():
        left = d.one_of(*INTS)
        right = d.one_of(left, *INTS)
        unsaid = ("",) if left == right else ()
        return Accumulation(left, right, d.one_of(*unsaid, *INTS, *FLOATS))
    own = d.one_of(*FLOATS)
    return Accumulation(own, own, d.one_of("", *FLOATS, "int32"))
