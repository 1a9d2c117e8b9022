"""nn.deformable_conv2d: a convolution that samples the data, bilinearly, at places that an operand shifts.

``offset`` holds for each deformable group and kernel tap how far to go down and to the right. Whatever lies outside of
the data is zero; padding is only where the windows start. TVM 0.19 computes one group of channels only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import (
    contraction,
    convolution,
    convolution_draw,
    convolution_spelling,
    layout,
    rules,
    sampling,
    window_draw,
    windows,
)
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.convolution import Conv
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Deformable:
    """``deformable_groups``: into how many groups the data's channels fall that share offsets."""

    conv: Conv
    deformable_groups: int = 1


def _infer(params: Deformable, data: Type, offset: Type, weight: Type) -> Type:
    conv = params.conv
    if convolution.geometry(conv, data, weight).multiplier:
        raise Reject("a depthwise weight with a multiplier is not taken", 1)
    result = rules.tensor(convolution.infer(conv, data, weight), 0)
    expected = _offset(params, rules.tensor(data, 0), weight)
    given = rules.tensor(offset, 1)
    if (
        given.dtype != expected.dtype
        or given.rank != expected.rank
        or any(map(shapes.prove_different, given.shape, expected.shape))
    ):
        raise Reject(f"the offsets must be {expected}, not {given}", 1)
    return result


def _offset(params: Deformable, data: TensorType, weight: Type) -> TensorType:
    conv = params.conv
    g = convolution.geometry(conv, data, weight)
    spots = map(windows.extent, g.size, windows.pairs(conv.padding), g.kernel, conv.strides, conv.dilation)
    taps = shapes.product((2, *g.kernel, params.deformable_groups))
    return TensorType(layout.split((g.batch, taps, *spots), conv.data_layout, "NCHW"), data.dtype)


def _assign(params: Deformable, data: Type | None, offset: Type | None, weight: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, offset, weight
    conv = params.conv
    if weight is None and conv.channels is not None and conv.kernel_size is not None:
        inputs = layout.merged(data.shape, conv.data_layout, "NCHW", 0)[1]
        dims = (conv.channels, shapes.floor_divide(inputs, conv.groups), *conv.kernel_size)
        weight = TensorType(layout.split(dims, conv.kernel_layout, "OIHW"), data.dtype)
    if offset is None and weight is not None:
        offset = _offset(params, data, weight)
    return data, offset, weight


def _reference(params: Deformable, data: Array, offset: Array, weight: Array) -> Array:
    conv = params.conv
    _check_groups(conv)
    x, shift = (np.transpose(item, conv.data_axes) for item in (data, offset))
    w = np.transpose(weight, conv.kernel_axes)
    dtype = dtypes.to_numpy(contraction.result_dtype(conv, dtypes.from_numpy(data.dtype)))
    batch, channels, *_ = x.shape
    rows, columns = shift.shape[2:]
    shift = shift.reshape(batch, params.deformable_groups, *w.shape[2:], 2, rows, columns)
    result = np.zeros((batch, w.shape[0], rows, columns), dtype)
    share = channels // params.deformable_groups
    for n, group, row, column in np.ndindex(batch, params.deformable_groups, *w.shape[2:]):
        y, z = _places(conv, shift[n, group, row, column], (row, column))
        part = slice(group * share, (group + 1) * share)
        inside = (y >= 0) & (z >= 0) & (y < x.shape[2]) & (z < x.shape[3])
        places = (y.astype(data.dtype), z.astype(data.dtype))
        values = np.where(inside, sampling.bilinear(x[n, part], places), data.dtype.type(0)).astype(dtype)
        result[n] += contraction.einsum("oi,iyx->oyx", w[:, part, row, column].astype(dtype), values)
    return np.transpose(result, np.argsort(conv.out_axes))


def _places(conv: Conv, shift: Array, tap: tuple[int, int]) -> list[Array]:
    """Where a kernel tap samples the data, down and to the right, for every place of the window."""
    starts = [
        rules.steps(int(shift.shape[n + 1])) * conv.strides[n] - conv.padding[n] + tap[n] * conv.dilation[n]
        for n in (0, 1)
    ]
    return [starts[0][:, None] + shift[0], starts[1][None] + shift[1]]


def _margin(params: Deformable, data: Array, offset: Array, weight: Array) -> Array:
    """How far the samples of each place lie from the data's first row and column, before which there is nothing."""
    conv = params.conv
    shift = np.transpose(offset, conv.data_axes)
    kernel = tuple(weight.shape[a] for a in conv.kernel_axes[2:])
    batch, _, *spots = shift.shape
    shift = shift.reshape(batch, -1, *kernel, 2, *spots)
    nearest = np.full((batch, *spots), np.inf)
    for n, group, row, column in np.ndindex(*shift.shape[:4]):
        for place in _places(conv, shift[n, group, row, column], (row, column)):
            nearest[n] = np.minimum(nearest[n], np.abs(place) / max(data.shape))
    return np.transpose(nearest[:, None], np.argsort(conv.out_axes))


def _draw(d: Draw) -> Drawn:
    window = window_draw.window(d, 2)
    inputs, outputs = d.integer(1, 4), d.integer(1, 3)
    sizes = convolution_draw.Sizes(1, inputs, outputs, (outputs, inputs), window.extents)
    own = d.one_of(*FLOATS)
    types = window_draw.Accumulation(own, own, d.one_of("", *FLOATS))
    plain = convolution_draw.call(d, window, sizes, whole=True, types=types)
    params = Deformable(plain.params, d.one_of(*window_draw.divisors(inputs)))
    data, weight = plain.types
    return Drawn(params, (data, _offset(params, rules.tensor(data, 0), weight), weight))


def _check_groups(conv: Conv) -> None:
    if conv.groups > 1:
        raise Reject("TVM 0.19 computes deformable convolutions of one group only")


def _lower(params: Deformable, b: LoopBuilder, data: Tensor, offset: Tensor, weight: Tensor) -> Tensor:
    conv = params.conv
    _check_groups(conv)
    types = tuple(TensorType(item.shape, item.dtype) for item in (data, offset, weight))
    result = rules.tensor(_infer(params, *types), 0)
    g = convolution.geometry(conv, types[0], types[2])
    kernel = shapes.static(g.kernel)
    share = shapes.floor_divide(g.inputs, params.deformable_groups)

    def sampled(*v: PrimExpr) -> PrimExpr:
        n, channel, row, column, y, x = v
        group = channel // shapes.as_expr(share)
        tap = ((group * kernel[0] + row) * kernel[1] + column) * 2
        shifts = [offset[convolution.index((n, tap + k, y, x), conv.data_axes)] for k in (0, 1)]
        starts = [
            place * stride + (tap * dilation - before)
            for place, tap, stride, dilation, before in zip(
                (y, x), (row, column), conv.strides, conv.dilation, conv.padding, strict=False
            )
        ]
        places = [start.astype(data.dtype) + shift for start, shift in zip(starts, shifts, strict=True)]

        def at(*spot: PrimExpr) -> PrimExpr:
            return data[convolution.index((n, channel, *spot), conv.data_axes)]

        # A place between the last element and the end counts as inside, one before the first does not.
        valid = [place >= 0 for place in places]
        valid += [place < shapes.as_expr(size).astype(data.dtype) for place, size in zip(places, g.size, strict=True)]
        return prim.if_then_else(prim.all_of(valid), sampling.bilinear_element(at, places, g.size), 0)

    spots = [result.shape[axis] for axis in conv.out_axes[2:]]
    samples = b.compute((g.batch, g.inputs, *kernel, *spots), sampled, data.dtype, name="data_deform")

    def term(*v: PrimExpr) -> PrimExpr:
        n, output, y, x = (v[a] for a in conv.out_axes)
        inner, row, column = v[4:]
        tap = weight[convolution.index((output, inner, row, column), conv.kernel_axes)]
        return samples[(n, inner, row, column, y, x)].astype(result.dtype) * tap.astype(result.dtype)

    return b.reduce(result.shape, (g.inputs, *kernel), term, Combiner.SUM, dtype=result.dtype, name="conv")


def _factor(params: Deformable, data: TensorType, offset: TensorType, weight: TensorType) -> float:
    del offset
    count = convolution.length(params.conv, data, weight)
    # The places are rounded as well, in units of the image's extent.
    extents = sum(dim for dim in data.shape if isinstance(dim, int))
    return 8.0 * (extents + (count if isinstance(count, int) else 10_000))


def _coarser(params: Deformable, data: TensorType, offset: TensorType, weight: TensorType) -> float:
    del offset, weight
    # Samples are taken in the data's element type, whatever the result's.
    own, out = data.dtype, contraction.result_dtype(params.conv, data.dtype)
    return max(1.0, dtypes.unit_roundoff(own) / dtypes.unit_roundoff(out))


def _magnitude(params: Deformable, data: Array, offset: Array, weight: Array) -> Array:
    size = np.abs(data).max(initial=0) * np.abs(weight).max(initial=0)
    return np.full_like(_reference(params, data, offset, weight), size)


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    operands = (types[0], types[2]) if len(types) == 3 else types
    return {
        "conv": Conv(**convolution_spelling.read(2, attrs, operands)),
        "deformable_groups": attrs["deformable_groups"],
    }


def _write(params: Deformable, types: Sequence[Type]) -> Mapping[str, Value]:
    g = convolution.geometry(params.conv, types[0], types[2])
    return {**convolution_spelling.write_relay(params.conv, g), "deformable_groups": params.deformable_groups}


_WINDOW = convolution_spelling.window_fields(2, (0, 0))

CARD = OpCard(
    name="nn.deformable_conv2d",
    inputs=(Input("data"), Input("offset", Domain(-4.0, 4.0)), Input("weight")),
    params=Deformable,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="nn.deformable_conv2d",
        attrs_type="relay.attrs.DeformableConv2DAttrs",
        fields=(
            *(_WINDOW[name] for name in ("strides", "padding", "dilation")),
            Field("deformable_groups", Kind.INT, 1),
            *(_WINDOW[name] for name in ("groups", "channels", "kernel_size")),
            *(_WINDOW[name] for name in ("data_layout", "kernel_layout", "out_layout")),
            contraction.RELAY_FIELD,
        ),
        read=_read,
        write=_write,
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=8, factor=_factor, magnitude=_magnitude, coarser=_coarser),
    draw=_draw,
    margin=_margin,
)
