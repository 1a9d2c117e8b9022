"""nn.pixel_shuffle: the third last dimension's blocks of r * r channels spread over r times the height and width.

It is depth_to_space of mode "CRD" for any number of leading dimensions. The wheels of TVM that have it cannot compile
it before 0.28.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Exact, Field, Input, Kind, Law, OpCard, Operand, Pattern, Reject, RelaxSpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class PixelShuffle:
    """``upscale_factor``: by how much height and width grow."""

    upscale_factor: int


def _infer(params: PixelShuffle, data: Type) -> Type:
    source, r = rules.tensor(data, 0), params.upscale_factor
    if r < 1:
        raise Reject(f"the upscale factor must be positive, got {r}")
    if source.rank < 3:
        raise Reject(f"expected at least three dimensions, got {rules.show(source.shape)}", 0)
    *outer, channels, height, width = source.shape
    if not isinstance(channels, int):
        raise Reject("the number of channels must be known", 0)
    if channels % (r * r):
        raise Reject(f"{r * r} does not divide {channels} channels", 0)
    dims = (channels // (r * r), shapes.multiply(height, r), shapes.multiply(width, r))
    return TensorType((*outer, *dims), source.dtype)


def _reference(params: PixelShuffle, x: Array) -> Array:
    r = params.upscale_factor
    *outer, channels, height, width = x.shape
    rank = len(outer)
    parts = x.reshape(*outer, channels // (r * r), r, r, height, width)
    order = (*range(rank), rank, rank + 3, rank + 1, rank + 4, rank + 2)
    return np.ascontiguousarray(parts.transpose(order)).reshape(*outer, channels // (r * r), height * r, width * r)


def _lower(params: PixelShuffle, b: LoopBuilder, x: Tensor) -> Tensor:
    r = params.upscale_factor

    def value(*i: PrimExpr) -> PrimExpr:
        *outer, channel, row, column = i
        return x[(*outer, channel * (r * r) + row % r * r + column % r, row // r, column // r)]

    result = rules.tensor(_infer(params, TensorType(x.shape, x.dtype)), 0)
    return b.compute(result.shape, value, name="PixelShuffle")


def _expand(params: PixelShuffle, f: Fragment[Any], data: Any) -> Any:
    source, r = f.tensor_type(data), params.upscale_factor
    result = rules.tensor(_infer(params, source), 0)
    *outer, _, height, width = source.shape
    rank = len(outer)
    data = f.call("reshape", data, shape=(*outer, result.shape[rank], r, r, height, width))
    data = f.call("transpose", data, axes=(*range(rank), rank, rank + 3, rank + 1, rank + 4, rank + 2))
    return f.call("reshape", data, shape=result.shape)


def _draw(d: Draw) -> Drawn:
    r = d.integer(1, 3)
    shape = (*d.shape(0, 2), r * r * d.integer(1, 3), *d.extents(2))
    return Drawn(PixelShuffle(r), (TensorType(shape, d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="nn.pixel_shuffle",
    inputs=(Input("data"),),
    params=PixelShuffle,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relax=(
        RelaxSpelling(
            name="relax.nn.pixel_shuffle",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.PixelShuffleAttrs",
            fields=(Field("upscale_factor", Kind.INT),),
            since="0.21",
        ),
    ),
    pattern=Pattern.INJECTIVE,
    error=Exact(),
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
