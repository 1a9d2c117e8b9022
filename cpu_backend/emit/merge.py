"""Joining loops that every access walks like one: ``i * extent(j) + j``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpu_backend.emit.form import Op
from cpu_backend.emit.schedule import Axis, step_of
from tensor_core.loops.affine import Indices
from tensor_core.loops.polynomials import Atom, Poly, plus, times


def merge_axes(space: Indices, axes: list[Axis], ops: Sequence[Op]) -> list[Axis]:
    """Join axes that every access walks like one: ``i * extent(j) + j``. The operations' polynomials are rewritten."""
    if len(axes) < 2:
        return axes
    polys = [poly for op in ops for poly in ([op.poly] if op.poly is not None else [])]
    polys += [poly for op in ops if op.access is not None for poly in op.access.polys()]
    used = frozenset[Atom]().union(*(_inner(poly) for poly in polys))
    current = list(axes)
    merged = True
    while merged:
        merged = False
        for outer, inner in _pairs(current):
            if outer.atom in used or inner.atom in used or not _walks(polys, outer.atom, inner):
                continue
            joined = _join(space, outer, inner)
            gone: dict[Atom, Poly] = {outer.atom: {}, inner.atom: {(joined.atom,): 1}}
            for op in ops:
                if op.poly is not None:
                    op.poly = space.substitute(op.poly, gone)
                if op.access is not None:
                    op.access.map(lambda poly, gone=gone: space.substitute(poly, gone))
            polys = [space.substitute(poly, gone) for poly in polys]
            current = [joined if axis is inner else axis for axis in current if axis is not outer]
            merged = True
            break
    return current


def _pairs(axes: list[Axis]) -> Iterator[tuple[Axis, Axis]]:
    for place, outer in enumerate(axes):
        for other, inner in enumerate(axes):
            if place == other or outer.is_reduce != inner.is_reduce or not isinstance(inner.extent, int):
                continue
            # The order of a reduction is kept.
            if not outer.is_reduce or other == place + 1:
                yield outer, inner


def _inner(poly: Poly) -> frozenset[Atom]:
    """The atoms that a polynomial uses other than linearly."""
    found: set[Atom] = set()
    for monomial in poly:
        for atom in monomial:
            found |= atom.atoms
        if len(monomial) > 1:
            found |= set(monomial)
    return frozenset(found)


def _walks(polys: Sequence[Poly], outer: Atom, inner: Axis) -> bool:
    size = inner.extent
    assert isinstance(size, int)
    for poly in polys:
        a, b = step_of(poly, outer), step_of(poly, inner.atom)
        if a is None or b is None or a != b * size:
            return False
    return True


def _join(space: Indices, outer: Axis, inner: Axis) -> Axis:
    assert isinstance(inner.extent, int)
    if isinstance(outer.extent, int):
        extent: int | Poly = outer.extent * inner.extent
        atom = space.fresh(0, outer.extent * inner.extent - 1)
    else:
        extent = times(outer.extent, {(): inner.extent})
        atom = space.fresh(0)
        atom.last = plus(extent, {(): -1})
    return Axis(atom, extent, outer.is_reduce)
