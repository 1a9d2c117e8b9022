"""auto_scheduler_layout_transform: a weight rearranged to the layout that a tuned schedule reads.

Layouts are lists of sizes and axis names, such as "1N32C14H14W"; a name that occurs twice is split, outermost first.
meta_schedule_layout_transform says the same with a map of indices; it is Relax's layout_transform.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, moves, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType, Type

_PART = re.compile(r"(\d+)([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class TunedLayout:
    """The layout of the data and that of the result."""

    src_layout: str
    dst_layout: str


@cache
def _parse(text: str) -> tuple[tuple[int, str], ...]:
    parts = tuple((int(size), name) for size, name in _PART.findall(text))
    if "".join(f"{size}{name}" for size, name in parts) != text or not parts:
        raise Reject(f"{text!r} is no layout of sizes and names")
    return parts


def _infer(params: TunedLayout, data: Type) -> Type:
    _parse(params.src_layout)
    return TensorType(tuple(size for size, _ in _parse(params.dst_layout)), rules.tensor(data, 0).dtype)


def _reference(params: TunedLayout, x: Array) -> Array:
    target = _parse(params.dst_layout)
    grids = np.indices(tuple(size for size, _ in target))
    places: list[Array] = []
    for _, name in _parse(params.src_layout):
        place = np.zeros_like(grids[0])
        for grid, (size, own) in zip(grids, target, strict=True):
            place = place * size + grid if own == name else place
        places.append(place)
    return x[tuple(places)]


def _lower(params: TunedLayout, b: LoopBuilder, x: Tensor) -> Tensor:
    target = _parse(params.dst_layout)

    def element(*i: PrimExpr) -> PrimExpr:
        places: list[PrimExpr] = []
        for _, name in _parse(params.src_layout):
            place: PrimExpr = as_expr(0)
            for index, (size, own) in zip(i, target, strict=True):
                place = place * size + index if own == name else place
            places.append(place)
        return x[tuple(places)]

    return b.compute(tuple(size for size, _ in target), element, name="T_auto_scheduler_layout_trans")


def _expand(params: TunedLayout, f: Fragment[Any], data: Any) -> Any:
    """Dimensions split and put in order."""
    source, target = _parse(params.src_layout), _parse(params.dst_layout)
    own = {name: size for size, name in source}
    parts = {name: [n for n, (_, other) in enumerate(target) if other == name] for name in own}
    whole = all(prod(target[n][0] for n in parts[name]) == size for name, size in own.items())
    if len(own) != len(source) or not whole or sum(map(len, parts.values())) != len(target):
        raise Reject("the layouts do not split the same dimensions")
    grouped = [n for _, name in source for n in parts[name]]
    data = moves.reshaped(f, data, tuple(target[n][0] for n in grouped))
    return moves.transposed(f, data, [grouped.index(n) for n in range(len(grouped))])


def _draw(d: Draw) -> Drawn:
    names = ("N", "C", "H", "W")[: d.integer(1, 4)]
    parts = {name: d.shape(1, 2, most=4) for name in names}
    source = [(prod(parts[names[n]]), names[n]) for n in d.permutation(len(names))]
    target: list[tuple[int, str]] = []
    for name in names:
        place = len(target)
        for size in reversed(parts[name]):
            place = d.integer(0, place)
            target.insert(place, (size, name))
    written = ("".join(f"{size}{name}" for size, name in layout) for layout in (source, target))
    shape = tuple(size for size, _ in source)
    return Drawn(TunedLayout(*written), (TensorType(shape, d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="auto_scheduler_layout_transform",
    inputs=(Input("data"),),
    params=TunedLayout,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="auto_scheduler_layout_transform",
        attrs_type="relay.attrs.AutoSchedulerLayoutTransformAttrs",
        fields=(Field("src_layout", Kind.STR), Field("dst_layout", Kind.STR)),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
