"""Where values of known sizes and lifetimes lie in one piece of memory."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Sequence

from cpu_backend.emit.kernel import ALIGNMENT

Lifetime = tuple[int, int, int]
"""The instruction that makes a value, the last one that reads it, its size in bytes."""


def plan(values: Sequence[Lifetime]) -> tuple[list[int], int]:
    """An offset for each value and the size of them all; values that live at one time do not overlap.

    Values come in the order in which they are made. Each takes the smallest hole that holds it, else more memory.
    """
    offsets: list[int] = []
    holes: list[tuple[int, int]] = []
    alive: list[tuple[int, int, int]] = []
    total = 0
    for first, last, size in values:
        while alive and alive[0][0] < first:
            _, offset, length = heapq.heappop(alive)
            _release(holes, offset, length)
        wanted = -(-size // ALIGNMENT) * ALIGNMENT
        fitting = min((hole for hole in holes if hole[1] >= wanted), key=lambda hole: hole[1], default=None)
        if fitting is not None:
            offset, length = fitting
            holes.remove(fitting)
            if length > wanted:
                insort(holes, (offset + wanted, length - wanted))
        else:
            offset = total
            if holes and sum(holes[-1]) == total:
                # The last hole ends where memory does: it only has to grow.
                offset = holes.pop()[0]
            total = offset + wanted
        offsets.append(offset)
        heapq.heappush(alive, (last, offset, wanted))
    return offsets, total


def _release(holes: list[tuple[int, int]], offset: int, size: int) -> None:
    """Add a hole, joined with those that it touches."""
    if not size:
        return
    insort(holes, (offset, size))
    place = holes.index((offset, size))
    if place + 1 < len(holes) and offset + size == holes[place + 1][0]:
        size += holes.pop(place + 1)[1]
        holes[place] = (offset, size)
    if place and sum(holes[place - 1]) == offset:
        before = holes[place - 1][0]
        holes[place - 1 : place + 1] = [(before, offset + size - before)]
