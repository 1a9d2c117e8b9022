"""Which axis runs along the lanes, which axes are unrolled into register tiles, and in which order the loops stand.

Costs are counted per vector instruction: a contiguous load 1, a load that serves all lanes 1/2, every other element 3,
a gather one per lane. What matters is their proportion, not their unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod

from tensor_core.loops.polynomials import Atom, Poly, atoms_of

Size = int | Poly


@dataclass(slots=True, eq=False)
class Axis:
    """An axis after merging; ``extent`` is a polynomial where it is symbolic."""

    atom: Atom
    extent: Size
    is_reduce: bool = False

    @property
    def size(self) -> int:
        """The extent, or a guess where it is symbolic."""
        return self.extent if isinstance(self.extent, int) else 64

    @property
    def is_static(self) -> bool:
        """Whether the extent is known."""
        return isinstance(self.extent, int)


_LARGE = 1 << 14
"""Points from which tiles are turned in registers, and axes of unknown size are tiled."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``lane``: the axis along the lanes; ``active``: lanes in use when not all; ``masked``: compare lanes at run time.

    ``tiles``: unrolled axes with the offsets of their copies, and ``steps``: by how much each axis' loop advances.
    ``is_large``: whether tiles that lie across the lanes are turned in registers. ``pieces``: of axes whose size only
    the run tells, the width of a tile, and whether the plan is for the whole tiles or for the rest.
    """

    lane: Axis | None
    lanes: int
    active: int | None
    masked: bool
    tiles: tuple[tuple[Axis, tuple[int, ...]], ...]
    steps: dict[Atom, int]
    is_large: bool = False
    pieces: Mapping[Atom, tuple[int, bool]] = field(default_factory=dict[Atom, tuple[int, bool]])

    def variants(self) -> Iterator[Plan]:
        """Plans that cover the block together: tiles along an axis of unknown size leave a rest without them."""
        tiled = [(axis.atom, len(offsets)) for axis, offsets in self.tiles if not axis.is_static]
        for choice in product((True, False), repeat=len(tiled)):
            pieces = {atom: (width, whole) for (atom, width), whole in zip(tiled, choice, strict=True)}
            rest = {atom for atom, (_, whole) in pieces.items() if not whole}
            tiles = tuple((axis, offsets) for axis, offsets in self.tiles if axis.atom not in rest)
            steps = {atom: 1 if atom in rest else step for atom, step in self.steps.items()}
            yield replace(self, tiles=tiles, steps=steps, pieces=pieces)


@dataclass(frozen=True, slots=True)
class Problem:
    """What the choice depends on: axes, the offsets loaded from and stored to, the lanes that fill a register."""

    axes: Sequence[Axis]
    loads: Sequence[Poly]
    target: Poly
    lanes: int
    registers: int
    may_reassociate: bool
    reduces: bool

    @property
    def is_large(self) -> bool:
        """Whether there is enough to do to pay for more code."""
        return prod(axis.size for axis in self.axes) >= _LARGE


def plan(problem: Problem) -> Plan:
    """Choose lanes and tiles."""
    lane = _choose_lane(problem)
    if lane is None:
        return Plan(None, 1, None, False, (), {})
    lanes = _lanes(lane, problem.lanes)
    full = isinstance(lane.extent, int) and lane.extent >= lanes
    active = lane.extent if isinstance(lane.extent, int) and lane.extent < lanes else None
    masked = not lane.is_static or (lane.is_reduce and lane.size % lanes != 0 and full)
    tiles = _tiles(problem, lane, lanes, full) if problem.reduces else _square(problem, lane, lanes, full)
    steps = {lane.atom: lanes * tiles.get(lane.atom, 1)}
    copies: list[tuple[Axis, tuple[int, ...]]] = []
    for axis in problem.axes:
        count = tiles.get(axis.atom, 1)
        if count > 1:
            width = lanes if axis is lane else 1
            # The last copy is moved back where the copies together would reach beyond the axis.
            last = axis.extent - width if isinstance(axis.extent, int) else count * width
            copies.append((axis, tuple(min(n * width, last) for n in range(count))))
            steps[axis.atom] = width * count
    return Plan(lane, lanes, active, masked, tuple(copies), steps, problem.is_large)


def _lanes(axis: Axis, most: int) -> int:
    if not isinstance(axis.extent, int):
        return most
    half = most // 2
    fewer = 1
    while fewer < axis.extent and fewer < most:
        fewer *= 2
    if fewer == most and half > 1 and axis.extent < 4 * most:
        # Half registers when full ones would be mostly empty; they cost more than half.
        full_cost = -(-axis.extent // most) * 4
        half_cost = -(-axis.extent // half) * 3
        return half if half_cost < full_cost else most
    return fewer


def step_of(poly: Poly, atom: Atom) -> int | None:
    """The constant factor of an atom in an offset; None when it is not constant."""
    step = 0
    for monomial, factor in poly.items():
        for item in monomial:
            if item is atom:
                if len(monomial) > 1:
                    return None
                step = factor
            elif atom in item.atoms:
                return None
    return step


def _access_cost(step: int | None, lanes: int) -> float:
    if step == 0:
        return 0.5
    if step == 1:
        return 1.0
    if step in (2, -1):
        return 3.0
    return 1.0 * lanes + 2.0


def _choose_lane(problem: Problem) -> Axis | None:
    if problem.lanes == 1:
        return None
    best: tuple[float, int, Axis] | None = None
    reduced = 1.0
    for axis in problem.axes:
        if axis.is_reduce:
            reduced *= axis.size
    for place, axis in enumerate(problem.axes):
        if axis.is_reduce and not problem.may_reassociate:
            continue
        if axis.size < 2:
            continue
        lanes = _lanes(axis, problem.lanes)
        cost = sum(_access_cost(step_of(load, axis.atom), lanes) for load in problem.loads) + 1.0
        if axis.is_reduce:
            # Joining the lanes at the end, spread over the steps.
            cost += 12.0 * lanes / axis.size
        else:
            step = step_of(problem.target, axis.atom)
            stored = _access_cost(step, lanes)
            if step not in (0, 1) and _beside(problem, axis, lanes) is not None:
                stored = min(stored, _TURNED)
            cost += stored / reduced
        used = axis.size / (-(-axis.size // lanes) * lanes)
        key = (cost / (lanes * used), -place, axis)
        if best is None or key[:2] < best[:2]:
            best = key
    return best[2] if best else None


_TURNED = 5.0
"""Cost of a vector's share in a tile that is turned in registers before it is stored."""


def _beside(problem: Problem, lane: Axis, lanes: int) -> Axis | None:
    """The axis other than the lane's along which the result lies side by side, if a tile of it can be turned."""
    if not problem.is_large or lane.is_reduce or not isinstance(lane.extent, int) or lane.extent < lanes:
        return None
    for axis in problem.axes:
        wide = isinstance(axis.extent, int) and axis.extent >= 4
        if axis is not lane and wide and not axis.is_reduce and step_of(problem.target, axis.atom) == 1:
            return axis
    return None


def _square(problem: Problem, lane: Axis, lanes: int, full: bool) -> dict[Atom, int]:
    """Copies for an assignment: as many as there are lanes where the tile is to be turned, else one."""
    if not full or step_of(problem.target, lane.atom) in (None, 0, 1):
        return {}
    other = _beside(problem, lane, lanes)
    return {} if other is None else {other.atom: min(lanes, other.size)}


_SIZES = (*range(1, 15),)

_STREAMS = 4
"""Copies that each read an operand of their own: memory sets their pace, and more would meet in the same places of the
cache.
"""


def _tiles(problem: Problem, lane: Axis, lanes: int, full: bool) -> dict[Atom, int]:
    """How many copies of each axis share a register tile: the choice with the fewest loads per multiply-add."""
    candidates: list[tuple[Axis, tuple[int, ...]]] = []
    for axis in problem.axes:
        if axis is lane:
            if not axis.is_reduce and full:
                groups = -(-axis.size // lanes)
                candidates.append((axis, tuple(n for n in (1, 2, 3, 4) if n <= groups)))
        elif not axis.is_reduce and (axis.is_static or problem.is_large):
            candidates.append((axis, tuple(n for n in _SIZES if n <= axis.size)))
    # Of two choices that cost the same, the copies had better lie side by side.
    candidates.sort(key=lambda item: step_of(problem.target, item[0].atom) != 1)
    loads = [(atoms_of(load), _access_cost(step_of(load, lane.atom), lanes)) for load in problem.loads]
    best: tuple[float, dict[Atom, int]] = (_tile_cost(loads, (), lanes, lane), {})
    for place, (first, first_sizes) in enumerate(candidates):
        for second, second_sizes in candidates[place + 1 :] or [(first, (1,))]:
            for a in first_sizes:
                for b in second_sizes:
                    if not _fits(problem, loads, ((first, a), (second, b))) or (second is first and b > 1):
                        continue
                    chosen = ((first, a), (second, b)) if second is not first else ((first, a),)
                    cost = _tile_cost(loads, chosen, lanes, lane)
                    if cost < best[0] - 1e-9:
                        best = (cost, {axis.atom: n for axis, n in chosen if n > 1})
    return best[1]


def _fits(problem: Problem, loads: Sequence[tuple[frozenset[Atom], float]], chosen: Sequence[tuple[Axis, int]]) -> bool:
    """Whether the accumulators leave registers for what they are made of.

    Of a product's operands the fewer are held, the others come one after the other.
    """
    copies = 1
    for _, count in chosen:
        copies *= count
    if len(loads) != 2:
        return copies <= problem.registers - problem.registers // 4
    if max(_needed(atoms, chosen) for atoms, _ in loads) == copies:
        return copies <= _STREAMS
    return copies + min(_needed(atoms, chosen) for atoms, _ in loads) + 1 <= problem.registers


def _needed(atoms: frozenset[Atom], chosen: Sequence[tuple[Axis, int]]) -> int:
    """How many values of a load the copies share."""
    needed = 1
    for axis, count in chosen:
        if axis.atom in atoms:
            needed *= count
    return needed


def _tile_cost(
    loads: Sequence[tuple[frozenset[Atom], float]], chosen: Sequence[tuple[Axis, int]], lanes: int, lane: Axis
) -> float:
    copies = 1
    waste = 1.0
    for axis, count in chosen:
        copies *= count
        width = count * (lanes if axis is lane else 1)
        if not (axis is lane and width > axis.size):
            waste *= -(-axis.size // width) * width / axis.size
    total = 0.0
    for atoms, cost in loads:
        total += _needed(atoms, chosen) * cost
    # One multiply-add per copy, and two instructions of loop overhead per step.
    return waste * (total + copies + 2.0) / copies
