"""Storage for tensors as StaticPlanBlockMemory counts it: how many bytes, how often used, what may be used again."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from tensor_core import dtypes, shapes
from tensor_core.prim import IntImm, Mul, PrimExpr
from tensor_core.shapes import Dim, Shape

RANGE = 16
"""A piece of storage serves tensors of up to this many times, or the same part of, its size (TVM's match_range_)."""


@dataclass(slots=True, eq=False)
class Token:
    """A piece of storage. ``uses`` are the readers still to come; a discarded token stands for memory not planned."""

    bytes: Dim
    dtype: str
    scope: str
    uses: int = 0
    discarded: bool = False
    block: Any = None

    @property
    def size(self) -> int:
        """The number of bytes; -1 when it is not known."""
        return int(self.bytes) if isinstance(self.bytes, int) else -1


Tokens = Token | list["Tokens"] | None
"""The storage of a value: of a tensor, of the fields of a tuple, or none that is planned."""


def token_for(shape: Shape, dtype: str, scope: str) -> Token:
    """The storage for a tensor. Known dimensions are multiplied, the others stand behind them, as TVM writes it."""
    known = (dtypes.bits(dtype) + 7) // 8
    rest: PrimExpr | None = None
    for dim in shape:
        if isinstance(dim, int):
            known *= int(dim)
        else:
            rest = dim if rest is None else Mul(rest, dim)
    if rest is None:
        return Token(known, dtype, scope)
    return Token(rest if known == 1 else Mul(IntImm(known, "int64"), rest), dtype, scope)


def live(tokens: Tokens) -> Iterator[Token]:
    """The pieces of storage in a value that are still planned, left to right."""
    stack: list[Tokens] = [tokens]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(cast("list[Tokens]", item)))
        elif item is not None and not item.discarded:
            yield item


class Pool:
    """Storage that nothing uses any more, by memory scope and element type, sorted by size."""

    def __init__(self, equal: Callable[[Dim, Dim], bool] = shapes.prove_equal) -> None:
        self._equal = equal
        self._free: dict[tuple[str, str], tuple[list[int], list[Token]]] = {}

    def clear(self) -> None:
        """Forget everything, at the beginning of a function."""
        self._free.clear()

    def release(self, token: Token) -> None:
        """Take storage back."""
        sizes, tokens = self._free.setdefault((token.scope, token.dtype), ([], []))
        place = bisect_right(sizes, token.size)
        sizes.insert(place, token.size)
        tokens.insert(place, token)

    def take(self, wanted: Token) -> Token | None:
        """Storage to be used again for what is wanted: the smallest that is large enough, else the largest that is not
        too small, which grows. What nothing will use gets none.
        """
        if not wanted.uses:
            return None
        sizes, tokens = self._free.get((wanted.scope, wanted.dtype), ([], []))
        size = wanted.size
        if size < 0:
            places = range(bisect_left(sizes, -1), bisect_right(sizes, -1))
            place = next((n for n in places if self._equal(wanted.bytes, tokens[n].bytes)), None)
        else:
            first, place = bisect_left(sizes, size // RANGE), bisect_left(sizes, size)
            if place >= bisect_right(sizes, size * RANGE):
                place = place - 1 if place > first else None
        if place is None:
            return None
        found = tokens[place]
        del sizes[place], tokens[place]
        if -1 < found.size < size:
            found.bytes = size
        found.uses = wanted.uses
        return found
