"""Layout strings: "NCHW" says which dimension of an array is batch (N), channel (C), height (H) and width (W).

Kernels say output channel (O) and input channel (I). A lower-case letter with a number, as in "NCHW4c", is an inner
block of a dimension.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops.card import Reject
from tensor_core.shapes import Dim, Shape

LETTERS = {1: "W", 2: "HW", 3: "DHW"}
"""The spatial dimensions by their number, outermost first."""

_PART = re.compile(r"[A-Z]|[1-9]\d*[a-z]")


@cache
def positions(layout: str, letters: str) -> tuple[int, ...]:
    """Where each of ``letters`` stands in ``layout``, which must hold exactly these; Reject for any other layout."""
    if sorted(layout) != sorted(letters):
        reason = (
            "blocked layouts appear only after layout alteration"
            if not layout.isalpha()
            else f"expected {letters} in some order"
        )
        raise Reject(f"layout {layout!r} is not supported: {reason}")
    return tuple(layout.index(letter) for letter in letters)


@cache
def spatial(layout: str, letters: str) -> tuple[int, tuple[int, ...]]:
    """The rank of ``layout``, blocks included, and where ``letters`` stand; Reject when one is missing or blocked."""
    parts = _PART.findall(layout)
    if "".join(parts) != layout or any(layout.upper().count(letter) != 1 for letter in letters):
        raise Reject(f"layout {layout!r} must hold each of {letters} once, unblocked")
    return len(parts), tuple(parts.index(letter) for letter in letters)


def order(source: str, target: str) -> tuple[int, ...]:
    """The axes that transpose an array from one layout to another of the same letters."""
    return positions(source, target)


def spatial_padding(widths: Sequence[tuple[int, int]], layout: str) -> list[int] | None:
    """Of what each dimension grows by, in front and behind, that of space: all that is in front, then all that is
    behind. None where another dimension grows, and for a layout of another rank.
    """
    if len(layout) != len(widths):
        return None
    named = list(zip(widths, layout, strict=True))
    if any(any(pair) for pair, axis in named if axis not in LETTERS[3]):
        return None
    return [pair[side] for side in (0, 1) for pair, axis in named if axis in LETTERS[3]]


Part = tuple[str, int]
"""A dimension of a layout: its letter, and the size of the block, 0 for the dimension itself."""


@cache
def parts(layout: str) -> tuple[Part, ...]:
    """The dimensions of a layout in order, blocks under their capital letter; Reject for what is no layout."""
    found = _PART.findall(layout)
    if "".join(found) != layout or not found:
        raise Reject(f"{layout!r} is no layout")
    result = tuple((item, 0) if item.isalpha() else (item[-1].upper(), int(item[:-1])) for item in found)
    whole = [letter for letter, block in result if not block]
    if len(set(whole)) != len(whole) or {letter for letter, _ in result} != set(whole):
        raise Reject(f"{layout!r} is no layout")
    return result


def is_blocked(layout: str) -> bool:
    """Whether some dimension is stored in blocks, as in "NCHW4c"."""
    return not layout.isalpha()


@cache
def blocks(layout: str, letters: str) -> tuple[tuple[int, ...], ...]:
    """For each of ``letters``: where its dimension and its blocks stand, outermost first."""
    found = parts(layout)
    if {letter for letter, _ in found} != set(letters):
        raise Reject(f"layout {layout!r} must hold each of {letters}, in some order, whole or in blocks")
    return tuple(
        tuple(sorted((n for n, part in enumerate(found) if part[0] == letter), key=lambda n: (found[n][1] > 0, n)))
        for letter in letters
    )


def merged(shape: Shape, layout: str, letters: str, argument: int) -> Shape:
    """The extents of ``letters`` of an array in ``layout``; Reject when the array does not have it."""
    found = parts(layout)
    if len(found) != len(shape):
        raise Reject(f"expected {len(found)} dimensions, got {len(shape)}", argument)
    for dim, (letter, block) in zip(shape, found, strict=True):
        if block and shapes.prove_different(dim, block):
            raise Reject(f"layout {layout} has blocks of {block} {letter}, the array {shapes.to_text(dim)}", argument)
    return tuple(
        shapes.product((shape[whole], *(found[n][1] for n in inner))) for whole, *inner in blocks(layout, letters)
    )


def split(dims: Shape, layout: str, letters: str) -> Shape:
    """The shape in ``layout`` of an array with these extents of ``letters``; the last block may be filled in part."""
    found = parts(layout)
    result: list[Dim] = [0] * len(found)
    for dim, (whole, *inner) in zip(dims, blocks(layout, letters), strict=True):
        factor = 1
        for n in inner:
            result[n] = found[n][1]
            factor *= found[n][1]
        result[whole] = dim if factor == 1 else shapes.floor_divide(shapes.add(dim, factor - 1), factor)
    return tuple(result)


def unpack(f: Fragment[Any], value: Any, layout: str, letters: str) -> Any:
    """An array in ``layout`` with its dimensions in the order of ``letters``, each whole."""
    if layout == letters:
        return value
    shape = f.tensor_type(value).shape
    if len(parts(layout)) != len(shape):
        raise Reject(f"layout {layout} has {len(parts(layout))} dimensions, the array {len(shape)}")
    value = f.call("transpose", value, axes=tuple(n for group in blocks(layout, letters) for n in group))
    return f.call("reshape", value, shape=merged(shape, layout, letters, 0)) if is_blocked(layout) else value


def pack(f: Fragment[Any], value: Any, layout: str, letters: str) -> Any:
    """The inverse of :func:`unpack`; Reject when an extent is no multiple of its blocks."""
    if layout == letters:
        return value
    shape, groups = f.tensor_type(value).shape, blocks(layout, letters)
    target = split(shape, layout, letters)
    if is_blocked(layout):
        if any(map(shapes.prove_different, shape, merged(target, layout, letters, 0))):
            raise Reject(f"extents ({', '.join(map(shapes.to_text, shape))}) do not fill the blocks of layout {layout}")
        value = f.call("reshape", value, shape=tuple(target[n] for group in groups for n in group))
    order = [n for group in groups for n in group]
    return f.call("transpose", value, axes=tuple(order.index(n) for n in range(len(order))))
