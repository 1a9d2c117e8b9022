"""How one statement is iterated: loops, unrolled copies, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tensor_core.loops.polynomials import Atom, Poly

Coords = tuple[int, ...]
"""Which copy along each unrolled atom."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``levels`` gives the loop level of every loop atom, ``names`` the SSA value of every variable's atom.

    ``tiles`` are the atoms that are unrolled, with the offsets of their copies; ``lane`` the atom that runs along the
    lanes, if any; ``active`` the number of lanes in use where it is known and not all, ``limit`` the extent to compare
    with where it is not known.
    """

    levels: Mapping[Atom, int]
    names: Mapping[Atom, str]
    tiles: tuple[tuple[Atom, tuple[int, ...]], ...] = ()
    lane: Atom | None = None
    lanes: int = 1
    active: int | None = None
    limit: Poly | None = None

    def level(self, atoms: frozenset[Atom]) -> int:
        """The innermost loop level among atoms."""
        level = 0
        for atom in atoms:
            level = max(level, self.levels.get(atom, 0))
        return level

    def restrict(self, atoms: frozenset[Atom], coords: Coords) -> Coords:
        """Coordinates with those along which nothing changes set to 0."""
        if not self.tiles:
            return coords
        return tuple([c if atom in atoms else 0 for (atom, _), c in zip(self.tiles, coords, strict=True)])
