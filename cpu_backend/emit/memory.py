"""Loads and stores: contiguous, reversed, every other element, one for all lanes, or gathered; masked where needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpu_backend.emit import arithmetic
from cpu_backend.emit.form import Access, Op
from cpu_backend.emit.frame import Coords
from cpu_backend.emit.kinds import Kind, kind, typed
from cpu_backend.emit.polynomials import Leaves
from cpu_backend.emit.scribe import mangled
from tensor_core.loops.polynomials import Atom
from tensor_core.shapes import as_dim

if TYPE_CHECKING:
    from cpu_backend.emit.values import Values

TRASH = "%trash"
"""Where a store goes that must not happen, and what a load reads that must not happen where there may be nothing."""


def load(values: Values, op: Op, index: int, coords: Coords) -> str:
    """The held value of a load, per lane or one for all."""
    assert op.access is not None
    item = kind(op.access.buffer.dtype)
    lanes = values.lanes(index)
    leaves = values.leaves(op.leaves)
    level = values.frame.level(values.depends(index))
    if lanes == 1:
        stored = _load_one(values, op, op.access, leaves, coords, level)
    else:
        stored = _load_many(values, op, op.access, leaves, coords, level)
    values.place(level)
    return arithmetic.widened(values.scribe, item, stored, lanes)


def _load_one(values: Values, op: Op, access: Access, leaves: Leaves, coords: Coords, level: int) -> str:
    s = values.scribe
    item = kind(access.buffer.dtype)
    conditions: list[str]
    if not access.unproven:
        conditions = []
    elif op.mask >= 0 and not values.is_vector(op.mask):
        conditions = [values.known(op.mask, coords, 1), *values.inside(access.checks, leaves, coords, 1)]
    else:
        # A condition per lane cannot guard a load that serves all lanes: its indices are compared with the extents.
        conditions = values.inside(access.unproven, leaves, coords, 1)
    values.place(level)
    valid = conjunction(values, conditions, 1)
    if valid is None:
        pointer = _pointer(values, access, leaves, coords, level)
    else:
        offset = values.polynomials.scalar(access.offset, coords, leaves)
        values.place(level)
        base = values.bases[access.buffer]
        if all(isinstance(dim, int) and dim > 0 for dim in map(as_dim, access.buffer.shape)):
            safe = arithmetic.select(s, "i64", valid, offset, "0", 1)
            pointer = s.op(f"getelementptr {item.stored}, ptr {base}, i64 {safe}")
        else:
            # There may be no first element to read instead.
            pointer = s.op(f"getelementptr {item.stored}, ptr {base}, i64 {offset}")
            pointer = arithmetic.select(s, "ptr", valid, pointer, TRASH, 1)
    return s.op(f"load {item.stored}, ptr {pointer}, align {item.size}")


def _load_many(values: Values, op: Op, access: Access, leaves: Leaves, coords: Coords, level: int) -> str:
    s = values.scribe
    item = kind(access.buffer.dtype)
    lanes = values.frame.lanes
    conditions: list[str] = []
    if access.unproven:
        if op.mask >= 0:
            conditions.append(values.known(op.mask, coords, lanes))
        conditions += values.inside(access.checks, leaves, coords, lanes)
    tail = values.tail(coords)
    if tail is not None:
        conditions.append(tail)
    step = values.polynomials.lane_step(access.offset, leaves)
    shape = typed(item.stored, lanes)
    if step == 1:
        pointer = _pointer(values, access, leaves, coords, level)
        mask = conjunction(values, conditions, lanes)
        if mask is None:
            return s.op(f"load {shape}, ptr {pointer}, align {item.size}")
        return masked_load(values, item, pointer, mask, lanes)
    if step == -1 and not conditions:
        pointer = _pointer(values, access, leaves, coords, level, -(lanes - 1))
        value = s.op(f"load {shape}, ptr {pointer}, align {item.size}")
        order = ", ".join(f"i32 {lane}" for lane in range(lanes - 1, -1, -1))
        return s.op(f"shufflevector {shape} {value}, {shape} poison, <{lanes} x i32> <{order}>")
    if step == 2 and not access.unproven and values.frame.limit is None:
        pointer = _pointer(values, access, leaves, coords, level)
        return _every_other(values, item, pointer, lanes, values.frame.active or lanes)
    bits = values.polynomials.width(access.offset)
    offsets = values.polynomials.vector(access.offset, coords, leaves, bits)
    values.place(level)
    mask = conjunction(values, conditions, lanes)
    return _gather(values, item, values.bases[access.buffer], offsets, bits, mask)


def _pointer(values: Values, access: Access, leaves: Leaves, coords: Coords, level: int, extra: int = 0) -> str:
    s = values.scribe
    stored = kind(access.buffer.dtype).stored
    base, constant = values.polynomials.parts(access.offset, coords, leaves)
    constant += extra
    pointer = values.bases[access.buffer]
    if base != "0":
        # Copies differ by a constant only, so they share this pointer.
        pointer = values.shared(("pointer", pointer, base), f"getelementptr {stored}, ptr {pointer}, i64 {base}", level)
    values.place(level)
    return s.op(f"getelementptr {stored}, ptr {pointer}, i64 {constant}") if constant else pointer


def conjunction(values: Values, conditions: list[str], lanes: int) -> str | None:
    """All of the conditions; None when there are none."""
    result: str | None = None
    for condition in conditions:
        joined = f"and {typed('i1', lanes)} {result}, {condition}"
        result = condition if result is None else values.scribe.op(joined)
    return result


def masked_load(values: Values, item: Kind, pointer: str, mask: str, lanes: int) -> str:
    """A contiguous load that touches only the lanes in the mask; the others are 0."""
    s = values.scribe
    shape, name = typed(item.stored, lanes), f"llvm.masked.load.{mangled(item.stored, lanes)}.p0"
    s.unit.declare(name, f"declare {shape} @{name}(ptr, i32, <{lanes} x i1>, {shape})")
    return s.op(f"call {shape} @{name}(ptr {pointer}, i32 {item.size}, <{lanes} x i1> {mask}, {shape} zeroinitializer)")


def _every_other(values: Values, item: Kind, pointer: str, lanes: int, active: int) -> str:
    """Elements 0, 2, 4, ... of so many lanes: two contiguous loads, without the elements after the last, which may not
    exist.
    """
    s = values.scribe
    shape = typed(item.stored, lanes)
    last = 2 * active - 1
    low = _first(values, item, pointer, lanes, last)
    high = "poison"
    if last > lanes:
        second = s.op(f"getelementptr {item.stored}, ptr {pointer}, i64 {lanes}")
        high = _first(values, item, second, lanes, last - lanes)
    order = ", ".join(f"i32 {2 * lane}" for lane in range(lanes))
    return s.op(f"shufflevector {shape} {low}, {shape} {high}, <{lanes} x i32> <{order}>")


def _first(values: Values, item: Kind, pointer: str, lanes: int, count: int) -> str:
    """A contiguous load of only so many elements."""
    if count >= lanes:
        return values.scribe.op(f"load {typed(item.stored, lanes)}, ptr {pointer}, align {item.size}")
    mask = f"<{', '.join(f'i1 {int(lane < count)}' for lane in range(lanes))}>"
    return masked_load(values, item, pointer, mask, lanes)


def _gather(values: Values, item: Kind, base: str, offsets: str, bits: int, mask: str | None) -> str:
    s = values.scribe
    lanes = values.frame.lanes
    shape, flags = typed(item.stored, lanes), typed("i1", lanes)
    pointers = s.op(f"getelementptr {item.stored}, ptr {base}, <{lanes} x i{bits}> {offsets}")
    name = f"llvm.masked.gather.{mangled(item.stored, lanes)}.{mangled('ptr', lanes)}"
    s.unit.declare(name, f"declare {shape} @{name}(<{lanes} x ptr>, i32, {flags}, {shape})")
    taken = mask or "splat (i1 true)"
    operands = f"<{lanes} x ptr> {pointers}, i32 {item.size}, {flags} {taken}, {shape} zeroinitializer"
    return s.op(f"call {shape} @{name}({operands})")


def store(values: Values, access: Access, leaf_ops: dict[Atom, int], held: str, coords: Coords, lanes: int) -> None:
    """Write a held value (a vector of ``lanes``) at the current place."""
    s = values.scribe
    here = s.lines
    item = kind(access.buffer.dtype)
    stored = arithmetic.narrowed(s, item, held, lanes)
    leaves = values.leaves(leaf_ops)
    conditions = values.inside(access.unproven, leaves, coords, lanes)
    if lanes == 1:
        offset = values.polynomials.scalar(access.offset, coords, leaves)
        s.lines = here
        pointer = values.bases[access.buffer]
        if offset != "0":
            pointer = s.op(f"getelementptr {item.stored}, ptr {pointer}, i64 {offset}")
        valid = conjunction(values, conditions, 1)
        if valid is not None:
            pointer = arithmetic.select(s, "ptr", valid, pointer, TRASH, 1)
        s.put(f"store {item.stored} {stored}, ptr {pointer}, align {item.size}")
        return
    tail = values.tail(coords)
    if tail is not None:
        conditions.append(tail)
    if values.polynomials.lane_step(access.offset, leaves) == 1:
        offset = values.polynomials.scalar(access.offset, coords, leaves)
        s.lines = here
        pointer = s.op(f"getelementptr {item.stored}, ptr {values.bases[access.buffer]}, i64 {offset}")
        store_contiguous(values, item, stored, pointer, conjunction(values, conditions, lanes), lanes)
        return
    bits = values.polynomials.width(access.offset)
    offsets = values.polynomials.vector(access.offset, coords, leaves, bits)
    s.lines = here
    _scatter(values, item, stored, values.bases[access.buffer], f"<{lanes} x i{bits}> {offsets}", conditions)


def store_contiguous(values: Values, item: Kind, stored: str, pointer: str, mask: str | None, lanes: int) -> None:
    """Store a vector side by side, only the lanes in the mask."""
    s = values.scribe
    shape = typed(item.stored, lanes)
    if mask is None:
        s.put(f"store {shape} {stored}, ptr {pointer}, align {item.size}")
        return
    name = f"llvm.masked.store.{mangled(item.stored, lanes)}.p0"
    s.unit.declare(name, f"declare void @{name}({shape}, ptr, i32, <{lanes} x i1>)")
    s.put(f"call void @{name}({shape} {stored}, ptr {pointer}, i32 {item.size}, <{lanes} x i1> {mask})")


def _scatter(values: Values, item: Kind, stored: str, base: str, offsets: str, conditions: list[str]) -> None:
    s = values.scribe
    lanes = values.frame.lanes
    shape, flags = typed(item.stored, lanes), typed("i1", lanes)
    mask = conjunction(values, conditions, lanes) or "splat (i1 true)"
    pointers = s.op(f"getelementptr {item.stored}, ptr {base}, {offsets}")
    name = f"llvm.masked.scatter.{mangled(item.stored, lanes)}.{mangled('ptr', lanes)}"
    s.unit.declare(name, f"declare void @{name}({shape}, <{lanes} x ptr>, i32, {flags})")
    s.put(f"call void @{name}({shape} {stored}, <{lanes} x ptr> {pointers}, i32 {item.size}, {flags} {mask})")
