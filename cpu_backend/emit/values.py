"""Instances of operations: one SSA value per operation and copy, placed at the outermost level that it allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cpu_backend.emit import arithmetic, memory
from cpu_backend.emit.form import Check, Form, Op
from cpu_backend.emit.frame import Coords, Frame
from cpu_backend.emit.intrinsics import emit_intrinsic
from cpu_backend.emit.kinds import Kind, kind, literal, typed
from cpu_backend.emit.polynomials import Leaves, Polynomials
from cpu_backend.emit.scribe import Scribe
from tensor_core import prim
from tensor_core.loops.nodes import Buffer
from tensor_core.loops.polynomials import Atom, Poly, atoms_of, number, plus

_SIGNS: dict[type[prim.PrimExpr], str] = {prim.LT: "sgt", prim.LE: "sge", prim.EQ: "eq", prim.NE: "ne"}
"""How b - a compares with 0 when a compares with b."""


class Values:
    """Emits the operations of a form within a frame."""

    def __init__(
        self, scribe: Scribe, form: Form, frame: Frame, place: Callable[[int], None], bases: dict[Buffer, str]
    ) -> None:
        self.scribe = scribe
        self.form = form
        self.frame = frame
        self.place = place
        self.bases = bases
        self.polynomials = Polynomials(scribe, form.space, frame, place)
        self._depends: list[frozenset[Atom]] = []
        self._names: dict[tuple[int, Coords], str] = {}
        self._splats: dict[object, str] = {}

    def forget(self) -> None:
        """Drop all values: control flow has moved on, or memory has changed."""
        self._names.clear()
        self._splats.clear()
        self.polynomials.forget()

    # ------------------------------------------------------------ what an operation depends on

    def depends(self, index: int) -> frozenset[Atom]:
        """The loop atoms that an operation depends on."""
        known = self._depends
        while len(known) <= index:
            known.append(self._dependences(self.form.ops[len(known)]))
        return known[index]

    def _dependences(self, op: Op) -> frozenset[Atom]:
        found: set[Atom] = set()
        for arg in op.args:
            found |= self._depends[arg]
        for poly in ([] if op.poly is None else [op.poly]) + (op.access.polys() if op.access else []):
            found |= atoms_of(poly)
        if op.mask >= 0:
            # A load that serves all lanes stays one load under a condition per lane.
            lane = self.frame.lane
            found |= {atom for atom in self._depends[op.mask] if atom is not lane}
        return frozenset(atom for atom in found if atom in self.frame.levels)

    def is_vector(self, index: int) -> bool:
        """Whether an operation has a value per lane."""
        return self.frame.lane is not None and self.frame.lane in self.depends(index)

    def lanes(self, index: int) -> int:
        """The number of lanes of an operation's value."""
        return self.frame.lanes if self.is_vector(index) else 1

    # ------------------------------------------------------------ values

    def value(self, index: int, coords: Coords, lanes: int | None = None) -> str:
        """The value of an operation at a copy; with ``lanes``, spread to that many."""
        for number_ in range(index + 1):
            self._instance(number_, coords)
        return self._spread(index, coords, lanes or self.lanes(index))

    def give(self, ops: Sequence[int], coords: Coords, value: str) -> None:
        """State the value of operations at a copy."""
        for index in ops:
            self._names[index, self.frame.restrict(self.depends(index), coords)] = value

    def known(self, index: int, coords: Coords, lanes: int) -> str:
        """The value of an operation before the one being emitted."""
        return self._spread(index, coords, lanes)

    def leaves(self, ops: dict[Atom, int]) -> LeafValues:
        """The values behind the opaque atoms of an access."""
        return LeafValues(self, ops)

    def shared(self, key: object, text: str, level: int) -> str:
        """An instruction at a level, emitted once for equal keys."""
        if key not in self._splats:
            self.place(level)
            self._splats[key] = self.scribe.op(text)
        return self._splats[key]

    def _instance(self, index: int, coords: Coords) -> str:
        depends = self.depends(index)
        key = (index, self.frame.restrict(depends, coords))
        name = self._names.get(key)
        if name is None:
            op = self.form.ops[index]
            self.place(self.frame.level(depends))
            name = self._names[key] = self._emit(op, index, coords)
        return name

    def _spread(self, index: int, coords: Coords, lanes: int) -> str:
        name = self._instance(index, coords)
        if lanes == self.lanes(index):
            return name
        # A number is written alike in every type.
        key = (name, self.held(index).held, lanes)
        if key not in self._splats:
            self.place(self.frame.level(self.depends(index)))
            self._splats[key] = self.scribe.splat(key[1], name, lanes)
        return self._splats[key]

    def held(self, index: int) -> Kind:
        """The kind of an operation's value."""
        op = self.form.ops[index]
        return kind("bool" if op.kind in ("mask", "sign") else op.node.dtype)

    def _emit(self, op: Op, index: int, coords: Coords) -> str:
        lanes = self.lanes(index)
        match op.kind:
            case "load":
                return memory.load(self, op, index, coords)
            case "index":
                return self._index(op, coords, lanes)
            case "sign":
                return self._sign(op, coords, lanes)
            case _:
                args = [self._spread(arg, coords, lanes) for arg in op.args]
                self.place(self.frame.level(self.depends(index)))
                return self._mask(op, args, lanes) if op.kind == "mask" else self._node(op.node, args, lanes)

    def _node(self, node: prim.PrimExpr, args: list[str], lanes: int) -> str:
        s = self.scribe
        match node:
            case prim.IntImm() | prim.FloatImm():
                return literal(node.value, node.dtype, lanes)
            case prim.Binary():
                return arithmetic.binary(s, node, args[0], args[1], lanes)
            case prim.Not():
                return arithmetic.logical_not(s, args[0], lanes)
            case prim.Cast():
                return arithmetic.cast(s, kind(node.value.dtype), kind(node.dtype), args[0], lanes)
            case prim.Select():
                return arithmetic.select(s, kind(node.dtype).held, args[0], args[1], args[2], lanes)
            case prim.Intrinsic():
                return emit_intrinsic(s, node, args, lanes)
            case _:
                raise arithmetic.unsupported(type(node).__name__)

    def _mask(self, op: Op, args: list[str], lanes: int) -> str:
        condition = arithmetic.logical_not(self.scribe, args[0], lanes) if op.negated else args[0]
        if len(args) == 1:
            return condition
        return self.scribe.op(f"and {typed('i1', lanes)} {condition}, {args[1]}")

    # ------------------------------------------------------------ integers from polynomials

    def _integer(self, poly: Poly, coords: Coords, lanes: int, leaves: Leaves | None, bits: int) -> str:
        if lanes == 1:
            return self.polynomials.scalar(poly, coords, leaves)
        return self.polynomials.vector(poly, coords, leaves, bits)

    def _index(self, op: Op, coords: Coords, lanes: int) -> str:
        assert op.poly is not None
        target = kind(op.node.dtype)
        bits = 64 if lanes == 1 or target.bits == 64 else 32
        value = self._integer(op.poly, coords, lanes, None, bits)
        self.place(self.frame.level(frozenset(atoms_of(op.poly))))
        if target.bits == bits or not value.startswith(("%", "<", "splat")):
            return value
        return self.scribe.op(f"trunc {typed(f'i{bits}', lanes)} {value} to {typed(target.held, lanes)}")

    def _sign(self, op: Op, coords: Coords, lanes: int) -> str:
        assert op.poly is not None
        compare = _SIGNS[type(op.node)]
        bits = 64 if lanes == 1 else self.polynomials.width(op.poly)
        value = self._integer(op.poly, coords, lanes, None, bits)
        self.place(self.frame.level(frozenset(atoms_of(op.poly))))
        type_ = typed(f"i{bits}", lanes)
        return self.scribe.op(f"icmp {compare} {type_} {value}, {'0' if lanes == 1 else 'zeroinitializer'}")

    # ------------------------------------------------------------ conditions of accesses

    def inside(self, checks: list[Check], leaves: Leaves, coords: Coords, lanes: int) -> list[str]:
        """Comparisons of indices with extents, each true where the index is inside."""
        return [self._check(index, extent, leaves, coords, lanes) for index, extent in checks]

    def _check(self, index: Poly, extent: Poly, leaves: Leaves, coords: Coords, lanes: int) -> str:
        bits = 64 if lanes == 1 else max(self.polynomials.width(index), self.polynomials.width(extent))
        value = self._integer(index, coords, lanes, leaves, bits)
        limit = self._integer(extent, coords, lanes, None, bits)
        self.place(self.deepest(index, leaves))
        return self.scribe.op(f"icmp ult {typed(f'i{bits}', lanes)} {value}, {limit}")

    def deepest(self, poly: Poly, leaves: Leaves | None) -> int:
        """The level at which a polynomial's value is known."""
        atoms = set(atoms_of(poly))
        if leaves is not None:
            for atom in list(atoms):
                if atom.kind == "opaque":
                    atoms |= leaves.depends(atom)
        return self.frame.level(frozenset(atoms))

    def tail(self, coords: Coords) -> str | None:
        """The mask of the lanes in use; None when all are."""
        frame = self.frame
        if frame.active is not None:
            return f"<{', '.join(f'i1 {int(lane < frame.active)}' for lane in range(frame.lanes))}>"
        if frame.limit is None or frame.lane is None:
            return None
        key = ("tail", coords)
        if key not in self._splats:
            rest = plus(plus(frame.limit, {(frame.lane,): 1}, -1), number(-1))
            value = self.polynomials.vector(rest, coords, None, 64)
            self.place(frame.level(frozenset(atoms_of(rest))))
            self._splats[key] = self.scribe.op(f"icmp sge <{frame.lanes} x i64> {value}, zeroinitializer")
        return self._splats[key]


class LeafValues:
    """The values behind the opaque atoms of one access (:class:`~cpu_backend.emit.polynomials.Leaves`)."""

    def __init__(self, values: Values, leaves: dict[Atom, int]) -> None:
        self._values = values
        self._leaves = leaves

    def scalar(self, atom: Atom, coords: Coords) -> str:
        """The one value, as i64."""
        return self._extended(atom, self._values.known(self._leaves[atom], coords, 1), 64, 1)

    def vector(self, atom: Atom, coords: Coords, bits: int) -> str:
        """A value per lane."""
        lanes = self._values.frame.lanes
        return self._extended(atom, self._values.known(self._leaves[atom], coords, lanes), bits, lanes)

    def depends(self, atom: Atom) -> frozenset[Atom]:
        """The loop atoms behind an atom."""
        return self._values.depends(self._leaves[atom])

    def _extended(self, atom: Atom, value: str, bits: int, lanes: int) -> str:
        values = self._values
        values.place(values.frame.level(self.depends(atom)))
        return arithmetic.cast(values.scribe, values.held(self._leaves[atom]), kind(f"int{bits}"), value, lanes)
