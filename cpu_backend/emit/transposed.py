"""Tiles whose lanes do not lie side by side in memory, while the copies of an unrolled axis do, turned in registers.

Then a store serves a whole lane instead of one element, and what is combined with the tile is loaded likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cpu_backend.emit.form import Access
from cpu_backend.emit.frame import Coords, Frame
from cpu_backend.emit.kinds import typed
from cpu_backend.emit.schedule import step_of
from cpu_backend.emit.scribe import Scribe

_LEAST = 4
"""Copies for which it pays."""


def turned_axis(frame: Frame, access: Access) -> int | None:
    """The place among the tiles of the axis that lies side by side in memory; None where there is none."""
    if frame.lane is None or access.unproven or frame.active is not None or frame.limit is not None:
        return None
    if step_of(access.offset, frame.lane) in (None, 0, 1):
        return None
    for place, (atom, offsets) in enumerate(frame.tiles):
        in_a_row = offsets == tuple(range(len(offsets)))
        if in_a_row and _LEAST <= len(offsets) <= frame.lanes and step_of(access.offset, atom) == 1:
            return place
    return None


def turned_frame(frame: Frame, place: int) -> Frame:
    """The frame in which the tile at ``place`` runs along the lanes, and the lanes are unrolled as the last tile."""
    assert frame.lane is not None
    atom, offsets = frame.tiles[place]
    side = _side(len(offsets))
    others = (*frame.tiles[:place], *frame.tiles[place + 1 :])
    active = len(offsets) if len(offsets) < side else None
    tiles = (*others, (frame.lane, tuple(range(frame.lanes))))
    return replace(frame, tiles=tiles, lane=atom, lanes=side, active=active)


def turned(s: Scribe, held: str, frame: Frame, place: int, tile: Mapping[Coords, str]) -> dict[Coords, str]:
    """The values of a tile by the coordinates of :func:`turned_frame`; ``held`` is the type of one."""
    count = len(frame.tiles[place][1])
    result: dict[Coords, str] = {}
    for first in tile:
        if first[place]:
            continue
        others = (first[:place], first[place + 1 :])
        columns = [tile[(*others[0], n, *others[1])] for n in range(count)] + ["poison"] * (_side(count) - count)
        for lane, row in enumerate(_rows(s, held, columns, frame.lanes)):
            result[(*others[0], *others[1], lane)] = row
    return result


def _side(count: int) -> int:
    return 1 << (count - 1).bit_length()


def _rows(s: Scribe, held: str, columns: list[str], lanes: int) -> list[str]:
    """The rows of a tile whose columns are given, as many as a power of 2.

    Interleaving the first half of the columns with the second doubles the length of the pieces of rows that they hold.
    """
    side = len(columns)
    shape = typed(held, lanes)
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
