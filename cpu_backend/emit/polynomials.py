"""Index polynomials as instructions: linear parts hoisted level by level, the rest as integer arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cpu_backend.emit import arithmetic
from cpu_backend.emit.frame import Coords, Frame
from cpu_backend.emit.kinds import kind, literal, typed
from cpu_backend.emit.scribe import Scribe
from tensor_core import prim
from tensor_core.loops.affine import Indices
from tensor_core.loops.polynomials import Atom, Monomial, Poly, atoms_of, constant_of, frozen, number, plus


class Leaves(Protocol):
    """The values behind opaque atoms."""

    def scalar(self, atom: Atom, coords: Coords) -> str:
        """The one value, as i64."""
        ...

    def vector(self, atom: Atom, coords: Coords, bits: int) -> str:
        """A value per lane, as integers of the given width."""
        ...

    def depends(self, atom: Atom) -> frozenset[Atom]:
        """The loop atoms that it depends on."""
        ...


class Polynomials:
    """Emits polynomials; equal ones at the same place are emitted once."""

    def __init__(self, scribe: Scribe, space: Indices, frame: Frame, place: Callable[[int], None]) -> None:
        self._s = scribe
        self._space = space
        self._frame = frame
        self._place = place
        self._sums: dict[object, str] = {}
        self._steps: dict[tuple[int, Atom], tuple[Poly, int | None]] = {}
        lanes = frame.lanes
        self._counter = space.fresh(0, lanes - 1)

    def forget(self) -> None:
        """Drop the values known so far: control flow has moved on."""
        self._sums.clear()

    # ------------------------------------------------------------ shape of a polynomial

    def step(self, poly: Poly, atom: Atom) -> int | None:
        """The constant factor of ``atom``; None when the polynomial is not linear in it or the factor varies."""
        key = (id(poly), atom)
        known = self._steps.get(key)
        if known is None:
            # The polynomial is kept alive with its key, so that the id stays its own.
            known = self._steps[key] = (poly, _step(poly, atom))
        return known[1]

    def lane_step(self, poly: Poly, leaves: Leaves | None) -> int | None:
        """The distance between neighbouring lanes; None when it varies."""
        lane = self._frame.lane
        if lane is None:
            return 0
        if leaves is not None and any(lane in leaves.depends(atom) for atom in opaque_atoms(poly)):
            return None
        return self.step(poly, lane)

    def shift(self, poly: Poly, coords: Coords) -> Poly:
        """The polynomial at a copy: unrolled atoms moved by the copy's offsets."""
        for (atom, offsets), copy in zip(self._frame.tiles, coords, strict=True):
            offset = offsets[copy]
            if not offset:
                continue
            step = self.step(poly, atom)
            if step is None:
                poly = self._space.substitute(poly, {atom: {(atom,): 1, (): offset}})
            elif step:
                poly = plus(poly, number(step * offset))
        return poly

    # ------------------------------------------------------------ scalars

    def scalar(self, poly: Poly, coords: Coords, leaves: Leaves | None = None) -> str:
        """The value at the first lane, as i64."""
        return self._whole(self.shift(poly, coords), coords, leaves)

    def parts(self, poly: Poly, coords: Coords, leaves: Leaves | None = None) -> tuple[str, int]:
        """The value without its constant part, and the constant part."""
        poly = self.shift(poly, coords)
        constant = poly.get((), 0)
        rest = {m: c for m, c in poly.items() if m} if constant else poly
        return self._sum(rest, coords, leaves), constant

    def _sum(self, poly: Poly, coords: Coords, leaves: Leaves | None) -> str:
        # A loop that was left out because one step covers its axis starts at 0.
        names = self._frame.names
        poly = {m: c for m, c in poly.items() if not any(names.get(atom) == "0" for atom in m)}
        if not poly:
            return "0"
        key = (frozen(poly), coords if leaves is not None and opaque_atoms(poly) else None)
        known = self._sums.get(key)
        if known is not None:
            return known
        ranked = sorted(poly.items(), key=lambda item: self._level({item[0]: 1}, leaves))
        total = ""
        for monomial, factor in ranked:
            term = self._term(monomial, factor, coords, leaves)
            # The sum so far was placed at the previous terms' level, which is not deeper than this term's.
            total = self._s.op(f"add i64 {total}, {term}") if total else term
        self._sums[key] = total
        return total

    def _term(self, monomial: Monomial, factor: int, coords: Coords, leaves: Leaves | None) -> str:
        values = [self._atom(atom, coords, leaves) for atom in monomial]
        self._place(self._level({monomial: 1}, leaves))
        result = values[0]
        for value in values[1:]:
            result = self._s.op(f"mul i64 {result}, {value}")
        if factor == 1:
            return result
        if factor > 0 and factor & (factor - 1) == 0:
            return self._s.op(f"shl i64 {result}, {factor.bit_length() - 1}")
        return self._s.op(f"mul i64 {result}, {factor}")

    def _atom(self, atom: Atom, coords: Coords, leaves: Leaves | None) -> str:
        name = self._frame.names.get(atom)
        if name is not None:
            return name
        if atom.kind == "opaque":
            if leaves is None:
                raise arithmetic.unsupported("a data-dependent extent")
            return leaves.scalar(atom, coords)
        key = (atom, coords if leaves is not None and _has_opaque(atom) else None)
        if key not in self._sums:
            a, b = (self._whole(arg, coords, leaves) for arg in atom.args)
            self._place(self._level({(atom,): 1}, leaves))
            self._sums[key] = self._combine(atom, a, b, 64, 1)
        return self._sums[key]

    def _whole(self, poly: Poly, coords: Coords, leaves: Leaves | None) -> str:
        """The value of a polynomial that is already shifted."""
        constant = poly.get((), 0)
        rest = {m: c for m, c in poly.items() if m} if constant else poly
        base = self._sum(rest, coords, leaves)
        if base == "0" or not constant:
            return str(constant) if base == "0" else base
        self._place(self._level(rest, leaves))
        return self._s.op(f"add i64 {base}, {constant}")

    def _level(self, poly: Poly, leaves: Leaves | None) -> int:
        atoms = atoms_of(poly)
        level = self._frame.level(atoms)
        if leaves is not None:
            for atom in atoms:
                if atom.kind == "opaque":
                    level = max(level, self._frame.level(leaves.depends(atom)))
        return level

    # ------------------------------------------------------------ vectors

    def vector(self, poly: Poly, coords: Coords, leaves: Leaves | None, bits: int) -> str:
        """The value at every lane, as integers of the given width."""
        frame = self._frame
        shifted = self.shift(poly, coords)
        key = ("vector", frozen(shifted), bits, coords if leaves is not None and opaque_atoms(poly) else None)
        if key not in self._sums:
            if frame.lane is not None:
                shifted = self._space.substitute(shifted, {frame.lane: {(frame.lane,): 1, (self._counter,): 1}})
            self._sums[key] = self._spread(shifted, coords, leaves, bits)
        return self._sums[key]

    def width(self, poly: Poly) -> int:
        """The least integer width that surely holds every value of a polynomial: 32 or 64."""
        low, high = self._space.bounds(poly)
        return 32 if low >= -(1 << 31) and high < 1 << 31 else 64

    def _varies(self, atom: Atom, leaves: Leaves | None) -> bool:
        if atom is self._counter or self._counter in atom.atoms:
            return True
        lane = self._frame.lane
        if leaves is None or lane is None:
            return False
        inside = [atom] if atom.kind == "opaque" else [a for a in atom.atoms if a.kind == "opaque"]
        return any(lane in leaves.depends(a) for a in inside)

    def _spread(self, poly: Poly, coords: Coords, leaves: Leaves | None, bits: int) -> str:
        lanes = self._frame.lanes
        type_ = typed(f"i{bits}", lanes)
        fixed: Poly = {}
        moving: Poly = {}
        for monomial, factor in poly.items():
            (moving if any(self._varies(atom, leaves) for atom in monomial) else fixed)[monomial] = factor
        start = self._whole(fixed, coords, leaves)
        self._place(self._level(fixed, leaves))
        total = self._s.splat(f"i{bits}", self._narrow(start, bits), lanes) if start != "0" or not moving else ""
        terms = [self._spread_term(m, c, coords, leaves, bits) for m, c in moving.items()]
        self._place(self._level(poly, leaves))
        for term in terms:
            total = self._s.op(f"add {type_} {total}, {term}") if total else term
        return total

    def _narrow(self, value: str, bits: int) -> str:
        if bits == 64 or not value.startswith("%"):
            return value
        return self._s.op(f"trunc i64 {value} to i{bits}")

    def _spread_term(self, monomial: Monomial, factor: int, coords: Coords, leaves: Leaves | None, bits: int) -> str:
        lanes = self._frame.lanes
        type_ = typed(f"i{bits}", lanes)
        if monomial == (self._counter,):
            return f"<{', '.join(f'i{bits} {lane * factor}' for lane in range(lanes))}>"
        values = [self._spread_atom(atom, coords, leaves, bits) for atom in monomial]
        self._place(self._level({monomial: 1}, leaves))
        result = values[0]
        for value in values[1:]:
            result = self._s.op(f"mul {type_} {result}, {value}")
        return result if factor == 1 else self._s.op(f"mul {type_} {result}, {literal(factor, f'int{bits}', lanes)}")

    def _spread_atom(self, atom: Atom, coords: Coords, leaves: Leaves | None, bits: int) -> str:
        lanes = self._frame.lanes
        if atom is self._counter:
            return f"<{', '.join(f'i{bits} {lane}' for lane in range(lanes))}>"
        if not self._varies(atom, leaves):
            value = self._atom(atom, coords, leaves)
            self._place(self._level({(atom,): 1}, leaves))
            return self._s.splat(f"i{bits}", self._narrow(value, bits), lanes)
        if atom.kind == "opaque":
            if leaves is None:
                raise arithmetic.unsupported("a data-dependent extent")
            return leaves.vector(atom, coords, bits)
        wide = max(self.width(arg) for arg in atom.args)
        a, b = (self._spread(arg, coords, leaves, wide) for arg in atom.args)
        self._place(self._level({(atom,): 1}, leaves))
        result = self._combine(atom, a, b, wide, lanes)
        if wide == bits:
            return result
        before, after = typed(f"i{wide}", lanes), typed(f"i{bits}", lanes)
        return self._s.op(f"{'sext' if wide < bits else 'trunc'} {before} {result} to {after}")

    def _combine(self, atom: Atom, a: str, b: str, bits: int, lanes: int) -> str:
        if atom.kind in ("min", "max"):
            return arithmetic.extremum(self._s, kind(f"int{bits}"), atom.kind == "max", a, b, lanes)
        code = prim.FloorDiv if atom.kind == "//" else prim.FloorMod
        positive = self._space.bounds(atom.args[0])[0] >= 0 and constant_of(atom.args[1]) is not None
        return arithmetic.divide(self._s, kind(f"{'u' if positive else ''}int{bits}"), code, a, b, lanes)


def opaque_atoms(poly: Poly) -> list[Atom]:
    """The atoms of a polynomial, at any depth, that stand for data."""
    return [atom for atom in atoms_of(poly) if atom.kind == "opaque"]


def _has_opaque(atom: Atom) -> bool:
    return any(inner.kind == "opaque" for inner in atom.atoms)


def _step(poly: Poly, atom: Atom) -> int | None:
    step = 0
    for monomial, factor in poly.items():
        for item in monomial:
            if item is atom:
                if len(monomial) > 1:
                    return None
                step = factor
            elif atom in item.atoms and item.kind != "opaque":
                return None
    return step
