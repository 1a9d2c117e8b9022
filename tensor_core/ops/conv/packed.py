"""nn.contrib_conv2d_NCHWc, nn.contrib_depthwise_conv2d_NCHWc and nn.contrib_dense_pack: what layout alteration makes of
convolutions and nn.dense, with data and weights in blocks.

The first takes its result's channels and its kernel from its attributes and looks at no weight (Conv2DWinogradRel in
TVM 0.19); a weight in the layout that the attributes name can be computed with, and one of six dimensions whatever they
name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import (
    contraction,
    convolution,
    convolution_draw,
    convolution_spelling,
    layout,
    rules,
    window_draw,
    windows,
)
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.convolution import Conv, Geometry
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Packed:
    """``units``: the rows of the weight before it was packed. ``weight_layout``: how it was packed, as in "NC8n"."""

    units: Dim | None
    out_dtype: str = ""
    weight_layout: str = "NC"


def infer_by_attributes(params: Conv, data: Type, weight: Type) -> Type:
    """The type of a convolution that looks at no weight; ``channels`` and ``kernel_size`` must be given."""
    rules.tensor(weight, 1)
    source = rules.tensor(data, 0)
    if params.channels is None or params.kernel_size is None:
        raise Reject("channels and kernel_size must be given")
    layout.blocks(params.kernel_layout, params.kernel_letters)
    batch, _, *size = layout.merged(source.shape, params.data_layout, params.data_letters, 0)
    padding = windows.pairs(params.padding)
    spatial = map(windows.extent, size, padding, params.kernel_size, params.strides, params.dilation)
    dims = (batch, params.channels, *spatial)
    dtype = contraction.result_dtype(params, source.dtype)
    return TensorType(layout.split(dims, params.out_layout, params.data_letters), dtype)


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return convolution_spelling.read(2, {**attrs, "kernel_layout": _kernel_layout(attrs, types)}, types)


def _kernel_layout(attrs: Mapping[str, Value], types: Sequence[Type]) -> str:
    """How the weight is stored. Its blocks tell where the attribute still has the layout before it was packed."""
    stated: str = attrs["kernel_layout"]
    weight = types[1] if len(types) > 1 else None
    if stated != "OIHW" or not isinstance(weight, TensorType) or weight.rank != 6:
        return stated
    inputs, outputs = weight.shape[4:]
    return f"OIHW{inputs}i{outputs}o" if isinstance(inputs, int) and isinstance(outputs, int) else stated


def write_attributes(params: Conv) -> dict[str, Value]:
    """The attributes of a convolution that looks at no weight."""
    kernel = params.kernel_size or ()
    said = convolution_spelling.write_relay(params, Geometry(0, 0, params.channels or 0, (), kernel))
    return {**said, "channels": params.channels, "kernel_size": params.kernel_size}


def _write(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return write_attributes(params)


def _infer_dense(params: Packed, data: Type, weight: Type) -> Type:
    source, packed = rules.tensor(data, 0), rules.tensor(weight, 1)
    if source.rank != 2:
        raise Reject(f"expected two dimensions, got {rules.show(source.shape)}", 0)
    if packed.rank not in (3, 4):
        raise Reject(f"expected three or four dimensions, got {rules.show(packed.shape)}", 1)
    columns = shapes.multiply(packed.shape[0], packed.shape[2])
    return TensorType((source.shape[0], columns), params.out_dtype or source.dtype)


def _expand_dense(params: Packed, f: Fragment[Any], data: Any, weight: Any) -> Any:
    weight = layout.unpack(f, weight, params.weight_layout, "NC")
    return f.call("nn.dense", data, weight, transpose_b=True, out_dtype=params.out_dtype)


def _dense(params: Packed, data: Array, weight: Array) -> Array:
    return _expand_dense(params, NumpyFragment(), data, weight)


def _length(params: Packed, data: TensorType, weight: TensorType) -> Dim:
    del params, weight
    return data.shape[1]


def _draw_dense(d: Draw) -> Drawn:
    types, (rows, outputs, inputs) = window_draw.accumulation(d), d.extents(3, 1, 3)
    block, depth = d.integer(1, 4), d.one_of(0, 1, 2, 4)
    stored = f"NC{block}n{depth}c" if depth else f"NC{block}n"
    params = Packed(d.some(lambda: outputs * block), types.out, stored)
    weight = (outputs, inputs, block, depth) if depth else (outputs, inputs, block)
    return Drawn(params, (TensorType((rows, inputs * max(depth, 1)), types.left), TensorType(weight, types.right)))


def _conv(name: str, infer: Callable[..., Type], draw: Callable[[Draw], Drawn]) -> OpCard[Conv]:
    plain = CONVOLUTIONS[1]
    assert plain.relay is not None
    return OpCard(
        name=name,
        inputs=(Input("data"), Input("weight")),
        params=Conv,
        infer=infer,
        expand=convolution.in_blocks,
        relay=RelaySpelling(
            name=name,
            attrs_type="relay.attrs.Conv2DAttrs",
            fields=plain.relay.fields,
            read=_read,
            write=_write,
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=plain.error,
        draw=draw,
    )


CARDS = (
    _conv("nn.contrib_conv2d_NCHWc", infer_by_attributes, convolution_draw.convolution(2, stated=True)),
    _conv("nn.contrib_depthwise_conv2d_NCHWc", convolution.infer, convolution_draw.convolution(2)),
    OpCard(
        name="nn.contrib_dense_pack",
        inputs=(Input("data"), Input("weight")),
        params=Packed,
        infer=_infer_dense,
        expand=_expand_dense,
        # The operator declares DenseAttrs and is given these.
        relay=RelaySpelling(
            name="nn.contrib_dense_pack",
            attrs_type="relay.attrs.DensePackAttrs",
            declared=False,
            fields=(
                Field("units", Kind.INT, optional=True),
                contraction.RELAY_FIELD,
                Field("weight_layout", Kind.STR, "NC"),
            ),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=contraction.rounding(_length, _dense),
        draw=_draw_dense,
    ),
)
