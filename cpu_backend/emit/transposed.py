"""Stores of tiles whose lanes do not lie side by side in memory, while the copies of an unrolled axis do.

The tile is transposed in registers: a store for every lane instead of one for every element.
"""

from __future__ import annotations

from collections.abc import Mapping

from cpu_backend.emit import arithmetic, memory
from cpu_backend.emit.form import Access
from cpu_backend.emit.frame import Coords
from cpu_backend.emit.kinds import kind, typed
from cpu_backend.emit.schedule import step_of
from cpu_backend.emit.scribe import Scribe
from cpu_backend.emit.values import Values
from tensor_core.loops.polynomials import Atom

_LEAST = 4
"""Copies for which it pays."""


def rows(values: Values, access: Access, leaves: Mapping[Atom, int]) -> int | None:
    """The place among the tiles of the axis that lies side by side in memory; None where there is none."""
    frame = values.frame
    if frame.lane is None or leaves or access.unproven or frame.active is not None or frame.limit is not None:
        return None
    if step_of(access.offset, frame.lane) in (None, 0, 1):
        return None
    for place, (atom, offsets) in enumerate(frame.tiles):
        in_a_row = offsets == tuple(range(len(offsets)))
        if in_a_row and _LEAST <= len(offsets) <= frame.lanes and step_of(access.offset, atom) == 1:
            return place
    return None


def store(values: Values, access: Access, held: Mapping[Coords, str], place: int) -> None:
    """Write the held values of all copies at the current place."""
    s = values.scribe
    here = s.lines
    item = kind(access.buffer.dtype)
    lanes = values.frame.lanes
    count = len(values.frame.tiles[place][1])
    side = 1 << (count - 1).bit_length()
    mask = None if count == side else f"<{', '.join(f'i1 {int(n < count)}' for n in range(side))}>"
    step = 0 if values.frame.lane is None else step_of(access.offset, values.frame.lane) or 0
    for first in held:
        if first[place]:
            continue
        offset = values.polynomials.scalar(access.offset, first, values.leaves({}))
        s.lines = here
        copies = [(*first[:place], n, *first[place + 1 :]) for n in range(count)]
        columns = [arithmetic.narrowed(s, item, held[copy], lanes) for copy in copies] + ["poison"] * (side - count)
        base = s.op(f"getelementptr {item.stored}, ptr {values.bases[access.buffer]}, i64 {offset}")
        for lane, row in enumerate(_rows(s, item.stored, columns, lanes)):
            pointer = s.op(f"getelementptr {item.stored}, ptr {base}, i64 {lane * step}") if lane else base
            memory.store_contiguous(values, item, row, pointer, mask, side)


def _rows(s: Scribe, stored: str, columns: list[str], lanes: int) -> list[str]:
    """The rows of a tile whose columns are given, as many as a power of 2.

    Interleaving the first half of the columns with the second doubles the length of the pieces of rows that they hold.
    """
    side = len(columns)
    shape = typed(stored, lanes)
    low = ", ".join(f"i32 {n}, i32 {n + lanes}" for n in range(lanes // 2))
    high = ", ".join(f"i32 {n}, i32 {n + lanes}" for n in range(lanes // 2, lanes))
    for _ in range(side.bit_length() - 1):
        pairs = zip(columns[: side // 2], columns[side // 2 :], strict=True)
        columns = [
            s.op(f"shufflevector {shape} {a}, {shape} {b}, <{lanes} x i32> <{order}>")
            for a, b in pairs
            for order in (low, high)
        ]
    if side == lanes:
        return columns
    pieces = [", ".join(f"i32 {first + n}" for n in range(side)) for first in range(0, lanes, side)]
    return [
        s.op(f"shufflevector {shape} {column}, {shape} poison, <{side} x i32> <{piece}>")
        for column in columns
        for piece in pieces
    ]
