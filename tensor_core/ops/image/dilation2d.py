"""image.dilation2d: grayscale dilation, the greatest sum of data and weight under a window; padding counts as zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, layout, pool_arrays, rules, window_draw, windows
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class Dilation:
    """``padding`` is all befores then all afters; ``out_dtype`` is empty for the data's element type."""

    strides: tuple[int, ...]
    padding: tuple[int, ...]
    dilations: tuple[int, ...]
    data_layout: str
    kernel_layout: str
    out_dtype: str = ""


def _infer(params: Dilation, data: Type, weight: Type) -> Type:
    source, window = rules.tensor(data, 0), rules.tensor(weight, 1)
    batch, _, *size = layout.merged(source.shape, params.data_layout, "NCHW", 0)
    channels, *kernel = layout.merged(window.shape, params.kernel_layout, "IHW", 1)
    spatial = map(windows.extent, size, windows.pairs(params.padding), kernel, params.strides, params.dilations)
    shape = layout.split((batch, channels, *spatial), params.data_layout, "NCHW")
    return TensorType(shape, params.out_dtype or source.dtype)


def _axes(params: Dilation, data: Sequence[Dim], weight: Sequence[Dim]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    axes, places = layout.positions(params.data_layout, "NCHW"), layout.positions(params.kernel_layout, "IHW")
    if shapes.prove_different(data[axes[1]], weight[places[0]]):
        raise Reject("data and weight must have as many channels", 1)
    return axes, places


def _reference(params: Dilation, data: Array, weight: Array) -> Array:
    axes, places = _axes(params, data.shape, weight.shape)
    dtype = dtypes.to_numpy(params.out_dtype) if params.out_dtype else data.dtype
    x, w = np.transpose(data, axes), np.transpose(weight, places).astype(dtype)
    result = layout.merged(
        rules.tensor(_infer(params, tensor_type_of(data), tensor_type_of(weight)), 0).shape,
        params.data_layout,
        "NCHW",
        0,
    )
    padded = windows.pad_array(x, (2, 3), windows.pairs(params.padding), 0).astype(dtype)
    rows, columns = shapes.static(result[2:])
    terms: list[Array] = []
    for row, column in np.ndindex(*w.shape[1:]):
        y, z = row * params.dilations[0], column * params.dilations[1]
        taps = padded[
            :, :, y : y + (rows - 1) * params.strides[0] + 1 : params.strides[0],
            z : z + (columns - 1) * params.strides[1] + 1 : params.strides[1],
        ]  # fmt: skip
        terms.append(np.add(taps, w[None, :, row, column, None, None]))
    lowest = dtypes.lowest(dtypes.from_numpy(dtype))
    return np.transpose(pool_arrays.fold_max(terms, lowest), np.argsort(axes))


def _lower(params: Dilation, b: LoopBuilder, data: Tensor, weight: Tensor) -> Tensor:
    axes, places = _axes(params, data.shape, weight.shape)
    result = rules.tensor(_infer(params, *(TensorType(item.shape, item.dtype) for item in (data, weight))), 0)
    padded = windows.pad_stage(b, data, axes[2:], windows.pairs(params.padding), 0)

    def term(*v: PrimExpr) -> PrimExpr:
        n, channel, *spot = (v[axis] for axis in axes)
        taps = v[4:]
        moved = [
            place * stride + tap * dilation
            for place, tap, stride, dilation in zip(spot, taps, params.strides, params.dilations, strict=True)
        ]
        index: list[PrimExpr] = list(v[:4])
        for axis, value in zip(axes, (n, channel, *moved), strict=True):
            index[axis] = value
        window: list[PrimExpr] = [*v[4:], channel]
        for axis, value in zip(places, (channel, *taps), strict=True):
            window[axis] = value
        return padded[tuple(index)].astype(result.dtype) + weight[tuple(window)].astype(result.dtype)

    kernel = tuple(weight.shape[axis] for axis in places[1:])
    lowest = dtypes.lowest(result.dtype)
    return b.reduce(result.shape, kernel, term, Combiner.MAX, init=lowest, dtype=result.dtype, name="dilation2d")


def _magnitude(params: Dilation, data: Array, weight: Array) -> Array:
    return _reference(params, np.abs(data), np.abs(weight))


def _factor(params: Dilation, data: TensorType, weight: TensorType) -> float:
    del weight
    # A narrower result rounds both addends as well.
    return 2.0 * contraction.narrows(data.dtype, params.out_dtype)


def _draw(d: Draw) -> Drawn:
    window, types = window_draw.window(d, 2), window_draw.accumulation(d)
    data, weight = window_draw.whole_layout(d, "NCHW"), window_draw.whole_layout(d, "IHW")
    params = Dilation(window.strides, window.padding, window.dilation, data, weight, types.out)
    batch, channels = d.extents(2, 1, 2)
    shapes_of = (
        layout.split((batch, channels, *window.size), data, "NCHW"),
        layout.split((channels, *window.kernel), weight, "IHW"),
    )
    return Drawn(params, (TensorType(shapes_of[0], types.left), TensorType(shapes_of[1], types.right)))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {
        **attrs,
        # TVM looks at the first two of any number.
        "strides": windows.per_dimension(rules.many(attrs["strides"])[:2], 2, "strides"),
        "dilations": windows.per_dimension(rules.many(attrs["dilations"])[:2], 2, "dilations"),
        "padding": windows.full_padding(attrs["padding"], 2),
    }


CARD = OpCard(
    name="image.dilation2d",
    inputs=(Input("data"), Input("weight")),
    params=Dilation,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="image.dilation2d",
        attrs_type="relay.attrs.Dilation2DAttrs",
        fields=(
            Field("strides", Kind.INTS, (1, 1)),
            Field("padding", Kind.INTS, (0, 0)),
            Field("dilations", Kind.INTS, (1, 1)),
            Field("data_layout", Kind.STR, "NCHW"),
            Field("kernel_layout", Kind.STR, "IHW"),
            Field("out_dtype", Kind.DTYPE, ""),
        ),
        read=_read,
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=1, factor=_factor, magnitude=_magnitude),
    draw=_draw,
)
