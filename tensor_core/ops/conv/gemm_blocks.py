"""nn.contrib_conv2d_gemm_weight_transform and nn.contrib_conv2d_gemm_without_weight_transform: a convolution as the
product of matrices, whose weight is laid out in blocks beforehand.

The matrix of weights has a row for each place and input channel of the kernel, as HWIO lies in memory, and a column for
each output channel. Rows are padded to whole groups of four blocks. The type rule of the convolution looks at no weight
(Conv2DGemmRel in TVM 0.19, which has kernels for ARM processors only).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import contraction, convolution_draw, convolution_spelling, rules, window_draw
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.conv.packed import infer_by_attributes, write_attributes
from tensor_core.ops.convolution import Conv
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Blocks:
    """``tile_N``, ``tile_K``: the blocks in which a matrix of weights is laid out."""

    tile_N: int
    tile_K: int


def _is_turned(dtype: str) -> bool:
    """Whether blocks are stored by columns."""
    return dtype in ("int8", "uint8")


def _infer_transform(params: Blocks, weights: Type) -> Type:
    source = rules.tensor(weights, 0)
    if source.rank != 4:
        raise Reject(f"expected 4 dimensions, got {rules.show(source.shape)}", 0)
    if params.tile_N < 1 or params.tile_K < 1:
        raise Reject(f"blocks of {params.tile_K} times {params.tile_N} are not possible")
    height, width, inner, outer = source.shape
    rows = shapes.product((height, width, inner))
    blocks = (_blocks(outer, params.tile_N), shapes.multiply(_blocks(rows, params.tile_K * 4), 4))
    block = (params.tile_N, params.tile_K) if _is_turned(source.dtype) else (params.tile_K, params.tile_N)
    return TensorType((*blocks, *block), source.dtype)


def _blocks(extent: Dim, size: int) -> Dim:
    return shapes.floor_divide(shapes.add(extent, size - 1), size)


def _expand_transform(params: Blocks, f: Fragment[Any], weights: Any) -> Any:
    source = f.tensor_type(weights)
    *inner, outer = shapes.static(source.shape)
    rows, tiles = prod(inner), (params.tile_K, params.tile_N)
    matrix = f.call("reshape", weights, shape=(rows, outer))
    after = (-rows % (params.tile_K * 4), -outer % params.tile_N)
    if any(after):
        zero = f.constant(0, source.dtype)
        matrix = f.call("nn.pad", matrix, zero, pad_width=tuple((0, extra) for extra in after))
    shape = ((rows + after[0]) // tiles[0], tiles[0], (outer + after[1]) // tiles[1], tiles[1])
    order = (2, 0, 3, 1) if _is_turned(source.dtype) else (2, 0, 1, 3)
    return f.call("transpose", f.call("reshape", matrix, shape=shape), axes=order)


def _expand(params: Conv, f: Fragment[Any], data: Any, weight: Any) -> Any:
    """The convolution with the weight as it was before the transformation."""
    blocks = f.tensor_type(weight)
    if params.groups != 1 or blocks.rank != 4:
        raise Reject("a weight in blocks has four dimensions and one group", 1)
    outer, kernel = _known(params.channels), tuple(map(_known, params.kernel_size or ()))
    inner = _known(f.tensor_type(data).shape[params.data_axes[1]])
    columns, rows, *block = shapes.static(blocks.shape)
    height, width = reversed(block) if _is_turned(blocks.dtype) else block
    if columns * width < outer or rows * height < prod(kernel) * inner:
        raise Reject(f"a weight of {rules.show(blocks.shape)} has no {outer} times {prod(kernel) * inner} elements", 1)
    order = (1, 3, 0, 2) if _is_turned(blocks.dtype) else (1, 2, 0, 3)
    matrix = f.call("reshape", f.call("transpose", weight, axes=order), shape=(rows * height, columns * width))
    kept = (prod(kernel) * inner, outer)
    matrix = f.call("strided_slice", matrix, axes=(0, 1), begin=(0, 0), end=kept, strides=(1, 1))
    return f.call(
        "nn.conv2d",
        data,
        f.call("reshape", matrix, shape=(*kernel, inner, outer)),
        strides=params.strides,
        padding=params.padding,
        dilation=params.dilation,
        groups=1,
        data_layout=params.data_layout,
        kernel_layout="HWIO",
        out_layout=params.out_layout,
        out_dtype=params.out_dtype,
    )


def _known(dim: Dim | None) -> int:
    if not isinstance(dim, int):
        raise Reject("the sizes of the weight before its transformation must be known")
    return dim


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return convolution_spelling.read(2, attrs, types)


def _write(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return write_attributes(params)


def _reference(params: Conv, data: Array, weight: Array) -> Array:
    return _expand(params, NumpyFragment(), data, weight)


def _length(params: Conv, data: TensorType, weight: TensorType) -> Dim:
    del weight
    return shapes.product((data.shape[params.data_axes[1]], *(params.kernel_size or ())))


def _draw_transform(d: Draw) -> Drawn:
    weights = TensorType((*d.extents(2, 1, 3), *d.extents(2, 1, 5)), d.one_of(*NUMBERS))
    return Drawn(Blocks(d.integer(1, 4), d.integer(1, 4)), (weights,))


def _draw(d: Draw) -> Drawn:
    window = window_draw.window(d, 2)
    inner, outer = d.extents(2, 1, 4)
    sizes = convolution_draw.Sizes(1, inner, outer, (outer, inner), window.extents)
    plain = convolution_draw.call(d, window, sizes, whole=True)
    params = replace(plain.params, channels=outer, kernel_size=window.kernel)
    dtype = rules.tensor(plain.types[1], 1).dtype
    weights = TensorType((*window.kernel, inner, outer), dtype)
    return Drawn(params, (plain.types[0], _infer_transform(Blocks(d.integer(1, 4), d.integer(1, 4)), weights)))


def _spelled() -> RelaySpelling:
    plain = CONVOLUTIONS[1].relay
    assert plain is not None
    name = "nn.contrib_conv2d_gemm_without_weight_transform"
    return RelaySpelling(name=name, attrs_type="relay.attrs.Conv2DAttrs", fields=plain.fields, read=_read, write=_write)


CARDS = (
    OpCard(
        name="nn.contrib_conv2d_gemm_weight_transform",
        inputs=(Input("weights"),),
        params=Blocks,
        infer=_infer_transform,
        expand=_expand_transform,
        relay=RelaySpelling(
            name="nn.contrib_conv2d_gemm_weight_transform",
            attrs_type="relay.attrs.ConvGemmWeightTransformAttrs",
            fields=(Field("tile_N", Kind.INT), Field("tile_K", Kind.INT)),
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_transform,
    ),
    OpCard(
        name="nn.contrib_conv2d_gemm_without_weight_transform",
        inputs=(Input("data"), Input("weight")),
        params=Conv,
        infer=infer_by_attributes,
        expand=_expand,
        relay=_spelled(),
        pattern=Pattern.OUT_FUSABLE,
        error=contraction.rounding(_length, _reference),
        draw=_draw,
    ),
)
