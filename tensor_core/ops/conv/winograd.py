"""nn.contrib_conv2d_winograd_*, nn.contrib_conv3d_winograd_* and nn.contrib_conv2d_gemm_*: convolutions with a weight
that was transformed beforehand, and those transformations.

Layout alteration makes pairs of them for its own kernels. Those decide what the transformed weight looks like, so the
cards of the convolutions state types only, and look at no weight (Conv2DWinogradRel, Conv3DWinogradRel and
Conv2DGemmRel in TVM 0.19). The matrices of the transformations follow Cook and Toom, with TVM's interpolation points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, convolution_draw, convolution_spelling, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.conv.packed import infer_by_attributes, write_attributes
from tensor_core.ops.convolution import Conv
from tensor_core.ops.draw import FLOATS, NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Tiled:
    """A convolution computed in tiles of ``tile_size`` results; None where the algorithm has no tiles."""

    conv: Conv
    tile_size: int | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """``tile_size``: how many results along each spatial dimension are computed at once."""

    tile_size: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """``tile_N``, ``tile_K``: the blocks in which a matrix of weights is laid out."""

    tile_N: int
    tile_K: int


@dataclass(frozen=True, slots=True)
class Algorithm:
    """``convolution_algorithm``: NNPACK's number for it."""

    convolution_algorithm: int
    out_dtype: str = ""


def _infer(params: Tiled, data: Type, weight: Type) -> Type:
    return infer_by_attributes(params.conv, data, weight)


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


def _transform_gemm(params: Blocks, weights: Type) -> Type:
    source = _ranked(weights, 4)
    if params.tile_N < 1 or params.tile_K < 1:
        raise Reject(f"blocks of {params.tile_K} times {params.tile_N} are not possible")
    height, width, inner, outer = source.shape
    rows = shapes.product((height, width, inner))
    # Rows are padded to whole groups of four blocks.
    blocks = (_blocks(outer, params.tile_N), shapes.multiply(_blocks(rows, params.tile_K * 4), 4))
    block = (params.tile_N, params.tile_K) if source.dtype in ("int8", "uint8") else (params.tile_K, params.tile_N)
    return TensorType((*blocks, *block), source.dtype)


def _blocks(extent: Dim, size: int) -> Dim:
    return shapes.floor_divide(shapes.add(extent, size - 1), size)


_FIRST = (0, -1, 1, 1 / 2, -1 / 2, 2, -2, -1 / 4)
_POINTS: dict[int, tuple[float, ...]] = {
    3: (0, -1, 1),
    4: (0, -1, 1, 1 / 2),
    5: (0, -1, 1, 1 / 2, -2),
    6: (0, -1, 1, 1 / 2, -2, -1 / 2),
    7: _FIRST[:7],
    8: _FIRST,
    9: (*_FIRST, 4),
    10: (*_FIRST, 3 / 4, -4 / 3),
    11: (*_FIRST, 4, 3 / 4, -4 / 3),
    12: (*_FIRST, 4, 3 / 4, -4 / 3, 1 / 4),
    13: (*_FIRST, 4, 1 / 4, -3 / 4, 4 / 3, -4),
}
"""Interpolation points by their number, after arXiv 1803.10986."""


def matrix(tile_size: int, kernel: int) -> Array:
    """The matrix that transforms a kernel of this extent along one dimension; Reject for extents without points."""
    if not (1 < tile_size < 9 and 2 < kernel < 8):
        raise Reject(f"there is no transformation for tiles of {tile_size} and kernels of {kernel}")
    points = _POINTS[tile_size + kernel - 2]
    rows = [[point**power / _denominator(points, n) for power in range(kernel)] for n, point in enumerate(points)]
    return np.array([*rows, [0.0] * (kernel - 1) + [1.0]])


def _denominator(points: Sequence[float], n: int) -> float:
    value = prod(points[n] - other for m, other in enumerate(points) if m != n)
    return abs(value) if n == 0 else value


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
    change = matrix(params.tile_size, weight.shape[-1]).astype(weight.dtype).astype(wide)
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
    factors = matrix(params.tile_size, size).astype(dtypes.to_numpy(weight.dtype)).astype(dtypes.to_numpy(wide))
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


def _expand_gemm(params: Blocks, f: Fragment[Any], weights: Any) -> Any:
    source = f.tensor_type(weights)
    *inner, outer = shapes.static(source.shape)
    rows, tiles = prod(inner), (params.tile_K, params.tile_N)
    matrix_ = f.call("reshape", weights, shape=(rows, outer))
    after = (-rows % (params.tile_K * 4), -outer % params.tile_N)
    if any(after):
        zero = f.constant(0, source.dtype)
        matrix_ = f.call("nn.pad", matrix_, zero, pad_width=tuple((0, extra) for extra in after))
    shape = ((rows + after[0]) // tiles[0], tiles[0], (outer + after[1]) // tiles[1], tiles[1])
    order = (2, 0, 3, 1) if source.dtype in ("int8", "uint8") else (2, 0, 1, 3)
    return f.call("transpose", f.call("reshape", matrix_, shape=shape), axes=order)


def _magnitude_2d(params: Tile, weight: Array) -> Array:
    return _reference_2d(params, weight, size=True)


def _magnitude_3d(params: Tile, weight: Array) -> Array:
    return _reference_3d(params, weight, size=True)


def _card(name: str, count: int, struct: str, tiled: bool) -> OpCard[Tiled]:
    plain = CONVOLUTIONS[count - 1].relay
    assert plain is not None
    tile = (Field("tile_size", Kind.INT),) if tiled else ()

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return {"conv": Conv(**convolution_spelling.read(count, attrs, types)), "tile_size": attrs.get("tile_size")}

    def write(params: Tiled, types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        said = write_attributes(params.conv)
        return {"tile_size": params.tile_size, **said} if tiled else said

    def draw(d: Draw) -> Drawn:
        plain = convolution_draw.convolution(count, stated=True)(d)
        params = Tiled(plain.params, d.integer(2, 6) if tiled else None)
        return Drawn(params, (plain.types[0], TensorType(d.shape(1, 6), rules.tensor(plain.types[1], 1).dtype)))

    return OpCard(
        name=name,
        inputs=(Input("data"), Input("weight")),
        params=Tiled,
        infer=_infer,
        relay=RelaySpelling(
            name=name, attrs_type=f"relay.attrs.{struct}", fields=(*tile, *plain.fields), read=read, write=write
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=draw,
    )


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


def _draw_gemm(d: Draw) -> Drawn:
    weights = TensorType((*d.extents(2, 1, 3), *d.extents(2, 1, 5)), d.one_of(*NUMBERS))
    return Drawn(Blocks(d.integer(1, 4), d.integer(1, 4)), (weights,))


_TILE = (Field("tile_size", Kind.INT),)


def _transform(
    name: str,
    params: type[Any],
    infer: Callable[..., Type],
    fields: tuple[Field, ...],
    weight: str = "weight",
    struct: str = "ConvWinogradWeightTransformAttrs",
    **meaning: Any,
) -> OpCard[Any]:
    return OpCard(
        name=f"nn.contrib_{name}_weight_transform",
        inputs=(Input(weight),),
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
    _card("nn.contrib_conv2d_winograd_without_weight_transform", 2, "Conv2DWinogradAttrs", True),
    _card("nn.contrib_conv3d_winograd_without_weight_transform", 3, "Conv3DWinogradAttrs", True),
    _card("nn.contrib_conv2d_gemm_without_weight_transform", 2, "Conv2DAttrs", False),
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
        draw=_draw_nnpack,
    ),
    _transform(
        "conv2d_gemm",
        Blocks,
        _transform_gemm,
        (Field("tile_N", Kind.INT), Field("tile_K", Kind.INT)),
        "weights",
        "ConvGemmWeightTransformAttrs",
        expand=_expand_gemm,
        draw=_draw_gemm,
    ),
)
