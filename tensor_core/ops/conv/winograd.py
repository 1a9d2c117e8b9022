"""nn.contrib_conv2d_winograd_weight_transform and its likes: the weight of a convolution that is computed in tiles,
transformed beforehand.

The matrices follow Cook and Toom. What nn.contrib_conv2d_winograd_nnpack_weight_transform makes is NNPACK's own affair:
its card states a type only, and TVM 0.19 computes it on ARM processors with NNPACK only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, cook_toom, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import FLOATS, NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Tile:
    """``tile_size``: how many results along each spatial dimension are computed at once."""

    tile_size: int


@dataclass(frozen=True, slots=True)
class Algorithm:
    """``convolution_algorithm``: NNPACK's number for it."""

    convolution_algorithm: int
    out_dtype: str = ""


def _ranked(weight: Type, rank: int) -> TensorType:
    source = rules.tensor(weight, 0)
    if source.rank != rank:
        raise Reject(f"expected {rank} dimensions, got {rules.show(source.shape)}", 0)
    return source


def _grown(params: Tile, dims: Sequence[Dim]) -> tuple[Dim, ...]:
    return tuple(shapes.add(dim, params.tile_size - 1) for dim in dims)


def _transform_2d(params: Tile, weight: Type) -> Type:
    source = _ranked(weight, 4)
    return TensorType((*_grown(params, source.shape[2:]), *source.shape[:2]), source.dtype)


def _transform_3d(params: Tile, weight: Type) -> Type:
    source = _ranked(weight, 5)
    outer, inner, depth, *plane = source.shape
    if not isinstance(depth, int):
        raise Reject("the depth of the kernel must be known", 0)
    tiles = _grown(params, (depth, *plane)) if 2 < depth < 8 else (*_grown(params, plane), depth)
    return TensorType((*tiles, outer, inner), source.dtype)


def _transform_nnpack(params: Algorithm, weight: Type) -> Type:
    source = _ranked(weight, 4)
    return TensorType((*source.shape[:2], 8, 8), params.out_dtype or source.dtype)


def _reference_2d(params: Tile, weight: Array, size: bool = False) -> Array:
    if weight.shape[2] != weight.shape[3]:
        raise Reject("the kernel must be as high as it is wide", 0)
    return _transformed(params, weight, "ea,nb,oiab->enoi", size)


def _reference_3d(params: Tile, weight: Array, size: bool = False) -> Array:
    depth, height, width = weight.shape[2:]
    if height != width:
        raise Reject("the kernel must be as high as it is wide", 0)
    if 2 < depth < 8:
        if depth != height:
            raise Reject("the kernel must be as deep as it is wide", 0)
        return _transformed(params, weight, "fa,eb,nc,oiabc->fenoi", size)
    return _transformed(params, weight, "eb,nc,oidbc->endoi", size)


def _transformed(params: Tile, weight: Array, subscripts: str, size: bool = False) -> Array:
    """The weight multiplied by the matrix, in its element type, along each dimension that the subscripts name."""
    wide = np.result_type(weight.dtype, np.float32)
    change = cook_toom.matrices(params.tile_size, weight.shape[-1]).kernel.astype(weight.dtype).astype(wide)
    if size:
        change, weight = np.abs(change), np.abs(weight)
    count = subscripts.count(",")
    return contraction.einsum(subscripts, *[change] * count, weight.astype(wide)).astype(weight.dtype)


def _lower_2d(params: Tile, b: LoopBuilder, weight: Tensor) -> Tensor:
    if not shapes.prove_equal(weight.shape[2], weight.shape[3]):
        raise Reject("the kernel must be as high as it is wide", 0)
    return _lowered(params, b, weight, 0)


def _lower_3d(params: Tile, b: LoopBuilder, weight: Tensor) -> Tensor:
    depth, height, width = shapes.static(weight.shape[2:])
    if height != width:
        raise Reject("the kernel must be as high as it is wide", 0)
    if 2 < depth < 8:
        if depth != height:
            raise Reject("the kernel must be as deep as it is wide", 0)
        return _lowered(params, b, weight, 0)
    return _lowered(params, b, weight, 1)


def _lowered(params: Tile, b: LoopBuilder, weight: Tensor, kept: int) -> Tensor:
    """:func:`_transformed` along all spatial dimensions but the first ``kept``, which follow those that change."""
    (size,) = shapes.static(weight.shape[-1:])
    wide = dtypes.from_numpy(np.result_type(dtypes.to_numpy(weight.dtype), np.float32))
    factors = (
        cook_toom.matrices(params.tile_size, size)
        .kernel.astype(dtypes.to_numpy(weight.dtype))
        .astype(dtypes.to_numpy(wide))
    )
    change = LoopFragment(b).constant(factors, wide)
    count = weight.rank - 2 - kept
    shape = (*[factors.shape[0]] * count, *weight.shape[2 : 2 + kept], *weight.shape[:2])

    def term(*i: PrimExpr) -> PrimExpr:
        place, taps = i[: weight.rank], i[weight.rank :]
        value = weight[(*place[-2:], *place[count:-2], *taps)].astype(wide)
        for row, tap in zip(place, taps, strict=False):
            value = change[row, tap] * value
        return value

    total = b.reduce(shape, [size] * count, term, Combiner.SUM, dtype=wide, name="kernel_pack")
    return total if wide == weight.dtype else b.compute(shape, lambda *i: total[i], weight.dtype, name="kernel_cast")


def _magnitude_2d(params: Tile, weight: Array) -> Array:
    return _reference_2d(params, weight, size=True)


def _magnitude_3d(params: Tile, weight: Array) -> Array:
    return _reference_3d(params, weight, size=True)


def _draw_2d(d: Draw) -> Drawn:
    kernel = d.integer(3, 7)
    return Drawn(Tile(d.integer(2, 8)), (TensorType((*d.extents(2, 1, 3), kernel, kernel), d.one_of(*FLOATS)),))


def _draw_3d(d: Draw) -> Drawn:
    kernel = d.integer(3, 5)
    depth = d.one_of(kernel, 1, 2, 8)
    weight = TensorType((*d.extents(2, 1, 3), depth, kernel, kernel), d.one_of(*FLOATS))
    return Drawn(Tile(d.integer(2, 8)), (weight,))


def _draw_nnpack(d: Draw) -> Drawn:
    params = Algorithm(d.integer(0, 3), d.one_of("", *NUMBERS))
    return Drawn(params, (TensorType(d.extents(4, 1, 3), d.one_of(*NUMBERS)),))


_TILE = (Field("tile_size", Kind.INT),)


def _transform(
    name: str,
    params: type[Any],
    infer: Callable[..., Type],
    fields: tuple[Field, ...],
    struct: str = "ConvWinogradWeightTransformAttrs",
    **meaning: Any,
) -> OpCard[Any]:
    return OpCard(
        name=f"nn.contrib_{name}_weight_transform",
        inputs=(Input("weight"),),
        params=params,
        infer=infer,
        relay=RelaySpelling(
            name=f"nn.contrib_{name}_weight_transform", attrs_type=f"relay.attrs.{struct}", fields=fields
        ),
        pattern=Pattern.OPAQUE if "nnpack" in name else Pattern.OUT_FUSABLE,
        **meaning,
    )


def _rounding(magnitude: Callable[..., Array]) -> Rounding:
    def factor(params: Tile, weight: TensorType) -> float:
        del params
        # The matrix is rounded to the weight's element type; along each dimension there are as many sums as places.
        return 3.0 * (shapes.static(weight.shape)[-1] + 2)

    return Rounding(ulps=1, factor=factor, magnitude=magnitude)


CARDS = (
    _transform(
        "conv2d_winograd",
        Tile,
        _transform_2d,
        _TILE,
        reference=_reference_2d,
        lower=_lower_2d,
        error=_rounding(_magnitude_2d),
        draw=_draw_2d,
    ),
    _transform(
        "conv3d_winograd",
        Tile,
        _transform_3d,
        _TILE,
        reference=_reference_3d,
        lower=_lower_3d,
        error=_rounding(_magnitude_3d),
        draw=_draw_3d,
    ),
    _transform(
        "conv2d_winograd_nnpack",
        Algorithm,
        _transform_nnpack,
        (Field("convolution_algorithm", Kind.INT), contraction.RELAY_FIELD),
        struct="Conv2DWinogradNNPACKWeightTransformAttrs",
        refused="the layout of its result is NNPACK's own, which no build of TVM at hand has",
        draw=_draw_nnpack,
    ),
)
