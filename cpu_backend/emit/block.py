"""Blocks as loop nests over vectors, reductions in registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from cpu_backend.emit import arithmetic, memory, transposed
from cpu_backend.emit.form import Access, Form, Op
from cpu_backend.emit.frame import Coords, Frame
from cpu_backend.emit.kinds import kind, literal, typed
from cpu_backend.emit.merge import merge_axes
from cpu_backend.emit.nest import Loop, Nest
from cpu_backend.emit.schedule import Axis, Plan, Problem, plan
from cpu_backend.emit.scribe import Scribe
from cpu_backend.emit.values import Values
from tensor_core import prim
from tensor_core.loops.affine import Indices
from tensor_core.loops.builder import identity
from tensor_core.loops.nodes import Block, Buffer, Combiner
from tensor_core.loops.polynomials import Atom, Poly
from tensor_core.loops.rewrite import Replace, expressions


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a block stands: its index space, the SSA names of variables around it and of buffers.

    ``share``: the names of the number of the part that is to run, and of the number of parts.
    """

    scribe: Scribe
    space: Indices
    names: dict[Atom, str]
    bases: dict[Buffer, str]
    strict: bool = False
    share: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Result:
    """What is stored where: an operation of a form; ``totals`` are those that stand for what the block accumulated."""

    form: Form
    root: int
    target: Op
    totals: tuple[int, ...] = ()


Piece = tuple[list[str], bool]
"""Instructions, and whether they have parts for threads to share."""


def emit_block(scope: Scope, block: Block, after: Block | None = None) -> list[Piece]:
    """The block's instructions, none when it has no points.

    ``after``, over the same spatial axes, is stored in the place of what it reads from the block's target.
    """
    if any(isinstance(axis.extent, int) and axis.extent == 0 for axis in block.spatial):
        return []
    if block.init is not None and any(isinstance(axis.extent, int) and axis.extent == 0 for axis in block.reduce):
        block = Block(block.spatial, (), block.target, block.indices, block.init)
        if after is not None:
            value = Replace({e: block.value for e in expressions([after.value]) if _is_load(e, block.target)})
            block, after = after.replace(value=value.value(after.value)), None
    axes = _declare(scope.space, block)
    form = Form(scope.space)
    init = -1 if block.init is None else form.lower(block.init)
    root = form.lower(block.value)
    result = _result(form, root, block) if after is None else _taken_up(scope.space, block, after)
    ops = form.ops if after is None else [*form.ops, *result.form.ops]
    axes = merge_axes(scope.space, axes, [*ops, result.target])
    assert result.target.access is not None
    chosen = plan(_problem(scope, block, form, axes, result.target.access))
    pieces: list[Piece] = []
    here = scope.scribe.lines
    for variant in chosen.variants():
        written = scope.scribe.lines = list[str]()
        emission = _Emission(scope, block, form, axes, variant, root, init, result)
        written += emission.lines()
        pieces.append((written, emission.is_shared))
    scope.scribe.lines = here
    return pieces


def _result(form: Form, root: int, block: Block) -> _Result:
    leaves = form.leaf_ops(block.indices)
    target = form.access(block.target, [form.space.poly(index) for index in block.indices])
    return _Result(form, root, Op("target", block.value, access=target, leaves=leaves))


def _taken_up(space: Indices, block: Block, after: Block) -> _Result:
    form = Form(space)
    result = _result(form, form.lower(after.value), after)
    totals = (n for n, op in enumerate(form.ops) if op.access is not None and op.access.buffer is block.target)
    return replace(result, totals=tuple(totals))


def _is_load(expr: prim.PrimExpr, buffer: Buffer) -> bool:
    return isinstance(expr, prim.Load) and expr.buffer is buffer


def _declare(space: Indices, block: Block) -> list[Axis]:
    axes: list[Axis] = []
    for is_reduce, group in ((False, block.spatial), (True, block.reduce)):
        for axis in group:
            if axis.extent == 1:
                space.fix(axis.var, 0)
                continue
            extent = axis.extent if isinstance(axis.extent, int) else space.poly(axis.extent)
            axes.append(Axis(space.variable(axis.var, axis.extent), extent, is_reduce))
    return axes


def _problem(scope: Scope, block: Block, form: Form, axes: Sequence[Axis], target: Access) -> Problem:
    result = kind(block.target.dtype)
    loads = [op.access.offset for op in form.ops if op.access is not None]
    sizes = [result, *(kind(op.node.dtype) for op in form.ops if op.kind in ("node", "load"))]
    # Index arithmetic is done in 32 bits where it fits.
    widest = max([4 if item.held == "float" else item.size for item in sizes] + [4] * (len(form.ops) > len(sizes) - 1))
    unit = scope.scribe.unit
    # With NaN among the values an extremum depends on the order in which they are joined.
    ordered = block.combiner in (Combiner.MAX, Combiner.MIN)
    exact = result.is_float and (scope.strict or ordered)
    reduces = block.combiner is not None
    lanes = max(1, unit.vector_bits // 8 // widest)
    return Problem(axes, loads, target.offset, lanes, unit.registers, not exact, reduces)


class _Emission:
    """The state of emitting one planned block."""

    def __init__(
        self,
        scope: Scope,
        block: Block,
        form: Form,
        axes: list[Axis],
        chosen: Plan,
        root: int,
        init: int,
        result: _Result,
    ) -> None:
        self._s = scope.scribe
        self._scope = scope
        self._form = form
        self._block = block
        self._kind = kind(block.target.dtype)
        self._plan = chosen
        self._root = root
        self._init = init
        self._result = result
        self._lane_reduces = chosen.lane is not None and chosen.lane.is_reduce
        loops, names, levels = self._loops(axes)
        self._frame = Frame(
            levels,
            names,
            tuple((axis.atom, offsets) for axis, offsets in chosen.tiles),
            chosen.lane.atom if chosen.lane else None,
            chosen.lanes,
            chosen.active,
            _as_poly(chosen.lane.extent) if chosen.masked and chosen.lane else None,
        )
        self.is_shared = self._divide(loops[: self._first_reduce - 1])
        self._nest = Nest(self._s, loops)
        for loop in loops:
            names[loop.atom] = loop.start
        self._values = Values(self._s, form, self._frame, self._nest.at, scope.bases)
        self._accumulator_type = typed(self._kind.held, chosen.lanes)

    def _loops(self, axes: list[Axis]) -> tuple[list[Loop], dict[Atom, str], dict[Atom, int]]:
        chosen = self._plan
        names = dict(self._scope.names)
        levels: dict[Atom, int] = {}
        loops: list[Loop] = []
        outer = [axis for axis in axes if not axis.is_reduce and axis is not chosen.lane]
        inner = [axis for axis in axes if axis.is_reduce and axis is not chosen.lane]
        order = [*outer, *inner, chosen.lane] if self._lane_reduces else [*outer, chosen.lane, *inner]
        self._first_reduce = 1
        for axis in order:
            if axis is None:
                continue
            step = chosen.steps.get(axis.atom, 1)
            if isinstance(axis.extent, int) and axis.extent <= step:
                names[axis.atom] = "0"
                levels[axis.atom] = 0
                continue
            extent = axis.extent if isinstance(axis.extent, int) else self._extent(axis.extent)
            overlap = isinstance(extent, int) and not axis.is_reduce and extent % step != 0
            loops.append(Loop(axis.atom, extent, step, overlap))
            if axis.atom in chosen.pieces:
                loops[-1].between = self._piece(str(extent), *chosen.pieces[axis.atom])
            levels[axis.atom] = len(loops)
            if not axis.is_reduce:
                self._first_reduce = len(loops) + 1
        return loops, names, levels

    def _piece(self, extent: str, width: int, is_whole: bool) -> tuple[str, str]:
        """The bounds of whole tiles, or of the rest."""
        s = self._s
        rest = s.op(f"urem i64 {extent}, {width}")
        whole = s.op(f"sub i64 {extent}, {rest}")
        return ("0", whole) if is_whole else (whole, extent)

    def _divide(self, loops: Sequence[Loop]) -> bool:
        """Let each thread run its part of the loop that divides best, the outer one of equals."""
        share = self._scope.share
        best = max(loops, key=_balance, default=None)
        if share is None or best is None or _balance(best) == 0:
            return False
        s = self._s
        length = str(best.bound)
        if best.between is not None:
            length = s.op(f"sub i64 {best.bound}, {best.first}")
        steps = s.op(f"udiv i64 {s.op(f'add i64 {length}, {best.step - 1}')}, {best.step}")
        bounds: list[str] = []
        for number in (share[0], s.op(f"add i64 {share[0]}, 1")):
            part = s.op(f"udiv i64 {s.op(f'mul i64 {steps}, {number}')}, {share[1]}")
            start = s.op(f"mul i64 {part}, {best.step}")
            bounds.append(start if best.between is None else s.op(f"add i64 {best.first}, {start}"))
        best.between = (bounds[0], bounds[1])
        return True

    def _extent(self, extent: Poly) -> str:
        outside = Values(self._s, self._form, Frame({}, self._scope.names), lambda _: None, self._scope.bases)
        return outside.polynomials.scalar(extent, ())

    # ------------------------------------------------------------ body

    def lines(self) -> list[str]:
        before = self._s.lines
        if self._block.combiner is None:
            self._assign()
            result = self._nest.assemble([], lambda _: None)
        else:
            result = self._nest.assemble(self._reduce(), self._finish)
        self._s.lines = before
        return result

    def _coords(self) -> Iterator[Coords]:
        return product(*(range(len(offsets)) for _, offsets in self._plan.tiles))

    def _assign(self) -> None:
        s, lanes, target = self._s, self._plan.lanes, self._result.target
        depth = len(self._nest.loops)
        assert target.access is not None
        turned = self._turned(self._frame)
        tile: dict[Coords, str] = {}
        for coords in self._coords():
            tile[coords] = self._values.value(self._root, coords, lanes)
            if turned is None:
                self._nest.at(depth)
                memory.store(self._values, target.access, target.leaves, tile[coords], coords, lanes)
        if turned is None:
            return
        self._nest.at(depth)
        rows = transposed.turned(s, self._kind.held, self._frame, turned, tile)
        values = Values(s, self._form, transposed.turned_frame(self._frame, turned), self._nest.at, self._scope.bases)
        for coords, row in rows.items():
            self._nest.at(depth)
            memory.store(values, target.access, {}, row, coords, values.frame.lanes)

    def _reduce(self) -> list[str]:
        start = self._start()
        lanes = self._plan.lanes
        depth = len(self._nest.loops)
        finals: dict[Coords, str] = {}
        carried = {
            coords: self._nest.carry(self._first_reduce, self._accumulator_type, start) for coords in self._coords()
        }
        # Operands along the longer tile come one by one; only those along the shorter one are held in registers.
        tiles = sorted(range(len(self._plan.tiles)), key=lambda place: -len(self._plan.tiles[place][1]))
        for coords in sorted(carried, key=lambda coords: [coords[place] for place in tiles]):
            value = self._values.value(self._root, coords, lanes)
            if self._lane_reduces:
                value = self._masked(value, coords)
            self._nest.at(depth)
            finals[coords] = self.join(carried[coords].phis[-1], value, lanes)
        return [finals[coords] for coords in carried]

    def _start(self) -> str:
        lanes = self._plan.lanes
        if not self._lane_reduces:
            return self._values.value(self._init, (0,) * len(self._plan.tiles), lanes)
        assert self._block.combiner is not None
        neutral = identity(self._block.combiner, self._kind.dtype)
        assert isinstance(neutral, (prim.IntImm, prim.FloatImm))
        return literal(neutral.value, self._kind.dtype, lanes)

    def _masked(self, value: str, coords: Coords) -> str:
        """The value where a lane is in use, the neutral element elsewhere."""
        tail = self._values.tail(coords)
        if tail is None:
            return value
        self._nest.at(len(self._nest.loops))
        return arithmetic.select(self._s, self._kind.held, tail, value, self._start(), self._plan.lanes)

    def join(self, a: str, b: str, lanes: int) -> str:
        """The combiner applied to two held values."""
        dtype = self._kind.dtype
        left, right = prim.Var("a", dtype), prim.Var("b", dtype)
        match self._block.combiner:
            case Combiner.SUM:
                node: prim.Binary = prim.Add(left, right)
            case Combiner.PROD:
                node = prim.Mul(left, right)
            case Combiner.MAX:
                node = prim.Max(left, right)
            case Combiner.MIN:
                node = prim.Min(left, right)
            case Combiner.ALL:
                node = prim.And(left, right)
            case _:
                node = prim.Or(left, right)
        return arithmetic.binary(self._s, node, a, b, lanes)

    def _finish(self, totals: list[str]) -> None:
        """Store what was accumulated, or what is made of it, in the code after the carrying loops."""
        s, here = self._s, self._s.lines
        tile = dict(zip(self._coords(), totals, strict=True))
        frame, target = self._frame, self._result.target
        assert target.access is not None
        if self._lane_reduces:
            frame = replace(frame, lane=None, lanes=1, active=None, limit=None)
            for coords, total in tile.items():
                start = self._values.value(self._init, coords, 1)
                s.lines = here
                tile[coords] = self.join(start, self._across(total), 1)
        turned = self._turned(frame)
        if turned is not None:
            tile = transposed.turned(s, self._kind.held, frame, turned, tile)
            frame = transposed.turned_frame(frame, turned)

        def place(_: int) -> None:
            # Nothing is to be held in registers while the sums run.
            s.lines = here

        values = Values(s, self._result.form, frame, place, self._scope.bases)
        for coords, total in tile.items():
            value = total
            if self._result.totals:
                values.give(self._result.totals, coords, total)
                value = values.value(self._result.root, coords, frame.lanes)
            memory.store(values, target.access, target.leaves, value, coords, frame.lanes)

    def _turned(self, frame: Frame) -> int | None:
        target = self._result.target
        assert target.access is not None
        if target.leaves or not self._plan.is_large:
            return None
        return transposed.turned_axis(frame, target.access)

    def _across(self, value: str) -> str:
        """All lanes joined, halving their number each time."""
        s = self._s
        lanes = self._plan.lanes
        while lanes > 1:
            half = lanes // 2
            type_ = typed(self._kind.held, lanes)
            parts: list[str] = []
            for first in (0, half):
                order = ", ".join(f"i32 {first + n}" for n in range(half))
                parts.append(s.op(f"shufflevector {type_} {value}, {type_} poison, <{half} x i32> <{order}>"))
            if half == 1:
                parts = [s.op(f"extractelement <1 x {self._kind.held}> {part}, i64 0") for part in parts]
            value = self.join(parts[0], parts[1], half)
            lanes = half
        return value


_PARTS = 8
"""The number of parts that a loop's division is judged by: as many as two threads have. With more of them inner loops
would seem better, and what a thread makes would not be what it reads in the next kernel.
"""


def _balance(loop: Loop) -> float:
    """Which part of the threads has work on average while the slowest one has."""
    if isinstance(loop.extent, str):
        return 0.9
    steps = -(-loop.extent // loop.step)
    return 0.0 if steps < 2 else min(steps / (-(-steps // _PARTS) * _PARTS), 0.9)


def _as_poly(extent: int | Poly) -> Poly:
    return ({(): extent} if extent else {}) if isinstance(extent, int) else extent
