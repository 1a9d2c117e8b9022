"""layout_transform: the same array in another layout; blocks that a dimension does not fill are padded with zeros."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import bijective, draw, moves, rules
from tensor_core.ops.bijective import Layout
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class LayoutTransform:
    """The layout of the data and that of the result."""

    src_layout: str
    dst_layout: str


def _infer(params: LayoutTransform, data: Type) -> Type:
    source = rules.tensor(data, 0)
    own, wanted = bijective.between(params.src_layout, params.dst_layout)
    return TensorType(bijective.arranged(wanted, bijective.extents(own, source.shape)), source.dtype)


def _reference(params: LayoutTransform, x: Array) -> Array:
    own, wanted = bijective.between(params.src_layout, params.dst_layout)
    letters = [axis.letter for axis in wanted if axis.block is None]
    sizes = shapes.static(tuple(bijective.extents(own, x.shape)[letter] for letter in letters))
    plain = x.transpose(_grouped(own, letters)).reshape(sizes)
    inner = [bijective.blocks(wanted, letter) for letter in letters]
    outer = [-(-size // prod(item)) for size, item in zip(sizes, inner, strict=True)]
    missing = [n * prod(item) - size for size, n, item in zip(sizes, outer, inner, strict=True)]
    padded = np.pad(plain, [(0, count) for count in missing])
    split = padded.reshape([part for n, item in zip(outer, inner, strict=True) for part in (n, *item)])
    return split.transpose(np.argsort(_grouped(wanted, letters)))


def _grouped(layout: Layout, letters: list[str]) -> list[int]:
    """The axes of a layout, those of one dimension together: the dimension itself, then its blocks."""

    def key(place: int) -> tuple[int, bool, int]:
        axis = layout[place]
        return letters.index(axis.letter), axis.block is not None, place

    return sorted(range(len(layout)), key=key)


def _lower(params: LayoutTransform, b: LoopBuilder, x: Tensor) -> Tensor:
    own, wanted = bijective.between(params.src_layout, params.dst_layout)
    sizes = bijective.extents(own, x.shape)
    shape = bijective.arranged(wanted, sizes)
    room = bijective.extents(wanted, shape)
    padded = [letter for letter in sizes if not shapes.prove_equal(room[letter], sizes[letter])]

    def element(*i: PrimExpr) -> PrimExpr:
        at = bijective.positions(wanted, i)
        value = x[bijective.indices(own, at)]
        inside = [at[letter] < shapes.as_expr(sizes[letter]) for letter in padded]
        return prim.if_then_else(prim.all_of(inside), value, 0) if inside else value

    return b.compute(shape, element, name="T_layout_trans")


def _expand(params: LayoutTransform, f: Fragment[Any], data: Any) -> Any:
    """Blocks joined to whole dimensions, these padded to whole blocks, split and put in order."""
    own, wanted = bijective.between(params.src_layout, params.dst_layout)
    sizes = bijective.extents(own, f.tensor_type(data).shape)
    letters = [axis.letter for axis in wanted if axis.block is None]
    room = bijective.extents(wanted, bijective.arranged(wanted, sizes))
    missing = [shapes.subtract(room[letter], sizes[letter]) for letter in letters]
    widths = [item for item in missing if isinstance(item, int)]
    if len(widths) != len(missing):
        raise Reject("how much a dimension is padded is not known")
    data = moves.transposed(f, data, _grouped(own, letters))
    data = moves.reshaped(f, data, tuple(sizes[letter] for letter in letters))
    if any(widths):
        data = f.call("nn.pad", data, pad_width=tuple((0, width) for width in widths), pad_value=0.0)
    grouped = _grouped(wanted, letters)
    target = bijective.arranged(wanted, sizes)
    data = moves.reshaped(f, data, tuple(target[n] for n in grouped))
    return moves.transposed(f, data, [grouped.index(n) for n in range(len(grouped))])


def _draw_layout(d: Draw, letters: str) -> str:
    """The letters in some order, and blocks of some of them anywhere behind the first."""
    result = [letters[n] for n in d.permutation(len(letters))]
    for _ in range(d.integer(0, 2)):
        block = f"{d.integer(2, 4)}{d.one_of(*letters).lower()}"
        result.insert(d.integer(1, len(result)), block)
    return "".join(result)


def _draw(d: Draw) -> Drawn:
    letters = "NCHW"[: d.integer(1, 4)]
    params = LayoutTransform(_draw_layout(d, letters), _draw_layout(d, letters))
    own, _ = bijective.between(params.src_layout, params.dst_layout)
    shape = tuple(axis.block or d.integer(1, 4) for axis in own)
    return Drawn(params, (TensorType(shape, d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="layout_transform",
    inputs=(Input("data"),),
    params=LayoutTransform,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="layout_transform",
        attrs_type="relay.attrs.LayoutTransformAttrs",
        fields=(Field("src_layout", Kind.STR), Field("dst_layout", Kind.STR)),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.ODD, Law.SCALES}),
    draw=_draw,
)
