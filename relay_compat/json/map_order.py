"""The order in which TVM 0.19 lists names that it has put into its hash tables: not that of their insertion.

The printer of a metadata section and the reader of a JSON map collect entries in a C++ ``unordered_map`` and copy that
into a ``Map``: a small ordered map below four entries, an open-addressing table from there on. Both tables are
replayed here, with the hash of runtime.String. Recorded orders of 2 to 12 names agree; beyond, the first table is
rehashed and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable

_BUCKETS = 13
MOST_KEYS = 12
"""How many names the first table holds before it is rehashed."""
_FIBONACCI = 11400714819323198485
_MASK = (1 << 64) - 1
_SMALL = 4
_PROBES = (*range(1, 16), 21, 28, 36, 45, 55, 66, 78, 91, 105, 120, 136)


def string_hash(text: str) -> int:
    """The hash of runtime.String: eight bytes at a time, modulo a prime."""
    data = text.encode(errors="surrogateescape")
    result = 0
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start : start + 8], "little")
        result = ((result * 1099511628211 + word) & _MASK) % 2147483647
    return result


def map_order(keys: Iterable[str]) -> list[str]:
    """The names in the order of the map, from the order in which they are put into it."""
    order: list[str] = []
    for key in keys:
        bucket = string_hash(key) % _BUCKETS
        order.insert(next((n for n, other in enumerate(order) if string_hash(other) % _BUCKETS == bucket), 0), key)
    return order if len(order) < _SMALL else _Table(len(order)).filled(order)


class _Table:
    """An open-addressing table whose entries with one home slot form a linked list that starts there."""

    def __init__(self, count: int) -> None:
        bits = max(1, (2 * count - 1).bit_length())
        self._shift = 64 - bits
        self._keys: list[str | None] = [None] * (1 << bits)
        self._next: list[int | None] = [None] * (1 << bits)

    def filled(self, keys: Iterable[str]) -> list[str]:
        for key in keys:
            self._insert(key)
        return [key for key in self._keys if key is not None]

    def _home(self, key: str) -> int:
        return (string_hash(key) * _FIBONACCI & _MASK) >> self._shift

    def _insert(self, key: str) -> None:
        slot = self._home(key)
        occupant = self._keys[slot]
        if occupant is not None:
            home = self._home(occupant)
            if home == slot:
                slot = self._append(self._last(slot))
            else:
                self._move_away(home, slot)
        self._keys[slot] = key

    def _last(self, slot: int) -> int:
        while (following := self._next[slot]) is not None:
            slot = following
        return slot

    def _append(self, last: int, forbidden: int | None = None) -> int:
        size = len(self._keys)
        places = ((last + jump) % size for jump in _PROBES)
        slot = next(n for n in places if self._keys[n] is None and n != forbidden)
        self._next[last] = slot
        return slot

    def _move_away(self, home: int, slot: int) -> None:
        """Free a slot that a list starting elsewhere runs through: its entries from there on find other places."""
        last = home
        while (following := self._next[last]) is not None and following != slot:
            last = following
        moving: int | None = slot
        while moving is not None:
            key, following = self._keys[moving], self._next[moving]
            self._keys[moving] = self._next[moving] = None
            last = self._append(last, slot)
            self._keys[last] = key
            moving = following
