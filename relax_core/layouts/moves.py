"""Operators that move elements: joining, cutting, repeating, and dimensions added, dropped or put in order."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from relax_core.ir.expr import Expr, PrimValue, Tuple
from relax_core.ir.types import TensorType, TupleType
from relax_core.layouts.layout import (
    Axis,
    Fields,
    Layout,
    blocks,
    dimension,
    fits,
    followed,
    initial,
    is_packed,
    letter,
    place,
)
from relax_core.layouts.rule import Inferred, Rule, Site
from relax_core.types.leaves import type_of
from tensor_core.prim import IntImm
from tensor_core.shapes import Dim


def concat(site: Site) -> Inferred | None:
    """All parts as the first one, or in blocks that some part has where these divide every part."""
    parts = site.layouts[0]
    type_ = type_of(site.call.args[0])
    if not isinstance(parts, Fields) or not isinstance(type_, TupleType) or not parts.items:
        return None
    layouts = [item for item in parts.items if isinstance(item, tuple)]
    rank = _rank(type_)
    layout = next(filter(is_packed, layouts), layouts[0])
    if not all(fits(getattr(field, "dims", None), layout) for field in type_.fields):
        layout = next((item for item in layouts if not is_packed(item)), initial(rank))
    axis = int(site.attrs["axis"] or 0) % rank
    return Inferred((Fields((layout,) * len(layouts)),), layout, {"axis": place(layout, axis)})


def stack(site: Site) -> Inferred | None:
    """All parts as the first one; the new dimension stands at the place that the attribute names."""
    parts = site.layouts[0]
    type_ = type_of(site.call.args[0])
    if not isinstance(parts, Fields) or not isinstance(type_, TupleType) or not parts.items:
        return None
    rank = _rank(type_)
    layout = parts.items[0]
    assert isinstance(layout, tuple)
    if is_packed(layout):
        layout = initial(rank)
    added = int(site.attrs["axis"] or 0) % (rank + 1)
    return Inferred((Fields((layout,) * len(parts.items)),), _with_new(layout, {added}), {"axis": added})


def _rank(parts: TupleType) -> int:
    first = parts.fields[0]
    assert isinstance(first, TensorType)
    return first.ndim


def split(site: Site) -> Inferred | None:
    """Every part as the whole; blocks are kept where they divide every part."""
    type_ = type_of(site.call)
    if not isinstance(type_, TupleType):
        return None
    layout = site.now(0)
    if not all(fits(getattr(field, "dims", None), layout) for field in type_.fields):
        layout = site.own(0)
    number = site.dimension(site.attrs["axis"])
    cuts = site.attrs["indices_or_sections"]
    if not isinstance(cuts, int):
        factor = prod(blocks(layout, letter(number)))
        cuts = [int(cut) // factor for cut in cuts]
    attrs = {"axis": place(layout, number), "indices_or_sections": cuts}
    return Inferred((layout,), Fields((layout,) * len(type_.fields)), attrs)


def expand_dims(site: Site) -> Inferred:
    """New dimensions stand at the places that the attribute names, whatever is around them."""
    layout = site.whole(0)
    axes = site.attrs["axis"]
    rank = len(layout) + len(axes)
    return Inferred((layout,), _with_new(layout, {int(axis) % rank for axis in axes}))


def _with_new(layout: Layout, places: set[int]) -> Layout:
    """The layout with new dimensions at these places, which count the same before anything is moved."""
    rank = len(layout) + len(places)
    old = [letter(n) for n in range(rank) if n not in places]
    rest = iter([Axis(old[dimension(axis)], None) for axis in layout])
    return tuple([Axis(letter(n), None) if n in places else next(rest) for n in range(rank)])


def squeeze(site: Site) -> Inferred | None:
    """The dimensions that stay are counted anew."""
    axes, dims, layout = site.attrs["axis"], site.dims(0), site.whole(0)
    if dims is None:
        return None
    gone = {n for n, dim in enumerate(dims) if dim == 1} if axes is None else {site.dimension(axis) for axis in axes}
    kept = [letter(n) for n in range(len(layout)) if n not in gone]
    output = tuple([Axis(letter(kept.index(axis.letter)), None) for axis in layout if axis.letter in kept])
    return Inferred((layout,), output, {"axis": sorted(place(layout, n) for n in gone)})


def permute_dims(site: Site) -> Inferred:
    """The axes are of the operand as it is; the result is as it was."""
    layout = site.whole(0)
    axes = site.attrs["axes"]
    order = reversed(range(len(layout))) if axes is None else map(site.dimension, axes)
    return Inferred((layout,), initial(len(layout)), {"axes": [place(layout, n) for n in order]})


def repeat(site: Site) -> Inferred | None:
    """Along one axis only; without one the elements' order is what counts."""
    if site.attrs["axis"] is None:
        return None
    layout = site.whole(0)
    return Inferred((layout,), layout, {"axis": place(layout, site.dimension(site.attrs["axis"]))})


def tile(site: Site) -> Inferred:
    """The counts go with their dimensions; those of new dimensions stay in front."""
    layout = site.whole(0)
    counts = [int(count) for count in site.attrs["repeats"]]
    rank = len(layout)
    counts = [1] * (rank - len(counts)) + counts
    added = len(counts) - rank
    moved = [counts[added + dimension(axis)] for axis in layout]
    return Inferred((layout,), followed(layout, len(counts)), {"repeats": [*counts[:added], *moved]})


def strided_slice(site: Site) -> Inferred | None:
    """The axes are of the operand as it is."""
    axes = _integers(site.call.args[1])
    if axes is None:
        return None
    layout = site.whole(0)
    moved = [PrimValue(IntImm(place(layout, site.dimension(axis)))) for axis in axes]
    return Inferred((layout,), layout, args={1: Tuple(tuple(moved))})


def _integers(expr: Expr) -> Sequence[int] | None:
    if not isinstance(expr, Tuple):
        return None
    values: list[Dim | None] = [getattr(getattr(item, "value", None), "value", None) for item in expr.fields]
    found = [value for value in values if isinstance(value, int)]
    return found if len(found) == len(values) else None


RULES: dict[str, Rule] = {
    "concat": concat,
    "stack": stack,
    "split": split,
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "permute_dims": permute_dims,
    "repeat": repeat,
    "tile": tile,
    "strided_slice": strided_slice,
}
