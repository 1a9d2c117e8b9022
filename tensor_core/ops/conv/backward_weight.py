"""nn.conv2d_backward_weight: the gradient of a convolution in its weight, from the result's gradient and the data.

The attributes are a convolution's, with other layouts: ``data_layout`` is the gradient's, ``kernel_layout`` the data's,
``out_layout`` the weight's, that is the result's (Conv2DBackwardWeightRel in TVM 0.19). For groups of several channels
TVM 0.19's decomposition on CPUs pairs channels of different groups; this is the gradient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, convolution_draw, convolution_spelling, layout, rules, window_draw, windows
from tensor_core.ops.card import Input, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class BackwardWeight:
    """``padding`` is all befores then all afters; ``channels`` counts for depthwise convolutions only."""

    strides: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    channels: int | None
    kernel_size: tuple[int, ...]
    grad_layout: str
    data_layout: str
    weight_layout: str
    out_dtype: str = ""


def _infer(params: BackwardWeight, grad: Type, data: Type) -> Type:
    given, source = rules.tensor(grad, 0), rules.tensor(data, 1)
    outputs = layout.merged(given.shape, params.grad_layout, "NCHW", 0)[1]
    inputs = layout.merged(source.shape, params.data_layout, "NCHW", 1)[1]
    if not isinstance(outputs, int) or not isinstance(inputs, int):
        raise Reject("the numbers of channels must be known")
    rules.positive(params.groups, "groups")
    inner = inputs // params.groups
    if inputs == outputs == params.groups:
        if params.channels is None:
            raise Reject("channels must be given for a depthwise convolution")
        inner = params.channels // params.groups
    dims = (outputs, inner, *params.kernel_size)
    return TensorType(layout.split(dims, params.weight_layout, "OIHW"), params.out_dtype or given.dtype)


def _reference(params: BackwardWeight, grad: Array, data: Array) -> Array:
    g = np.transpose(grad, layout.positions(params.grad_layout, "NCHW"))
    x = np.transpose(data, layout.positions(params.data_layout, "NCHW"))
    x = windows.pad_array(x, (2, 3), windows.pairs(params.padding), 0)
    dtype = dtypes.to_numpy(params.out_dtype or dtypes.from_numpy(grad.dtype))
    wide = np.result_type(dtype, np.float32) if dtype.kind not in "iu" else dtype
    groups, (height, width) = params.groups, g.shape[2:]
    g = g.reshape(g.shape[0], groups, -1, height, width).astype(wide)
    x = x.reshape(x.shape[0], groups, -1, *x.shape[2:]).astype(wide)
    result = np.zeros((groups, g.shape[2], x.shape[2], *params.kernel_size), wide)
    for row, column in np.ndindex(*params.kernel_size):
        cut = (_taps(params, 0, row, height), _taps(params, 1, column, width))
        result[..., row, column] = contraction.einsum("ngoyx,ngiyx->goi", g, x[..., cut[0], cut[1]])
    result = result.reshape(-1, *result.shape[2:]).astype(dtype)
    return np.transpose(result, np.argsort(layout.positions(params.weight_layout, "OIHW")))


def _taps(params: BackwardWeight, n: int, tap: int, count: int) -> slice:
    first = tap * params.dilation[n]
    return slice(first, first + (count - 1) * params.strides[n] + 1, params.strides[n])


def _lower(params: BackwardWeight, b: LoopBuilder, grad: Tensor, data: Tensor) -> Tensor:
    result = rules.tensor(_infer(params, TensorType(grad.shape, grad.dtype), TensorType(data.shape, data.dtype)), 0)
    places = layout.positions(params.grad_layout, "NCHW")
    sources, weights = layout.positions(params.data_layout, "NCHW"), layout.positions(params.weight_layout, "OIHW")
    padded = windows.pad_stage(b, data, sources[2:], windows.pairs(params.padding), 0)
    batch, outputs, height, width = (grad.shape[n] for n in places)
    inner, per_group = result.shape[weights[1]], shapes.floor_divide(outputs, params.groups)

    def term(*v: PrimExpr) -> PrimExpr:
        output, channel, *taps = (v[n] for n in weights)
        n, *spots = v[4:]
        source = channel if params.groups == 1 else output // as_expr(per_group) * as_expr(inner) + channel
        reached = [
            spot * stride + tap * dilation
            for spot, tap, stride, dilation in zip(spots, taps, params.strides, params.dilation, strict=True)
        ]
        x, g = _at((n, source, *reached), sources), _at((n, output, *spots), places)
        return grad[g].astype(result.dtype) * padded[x].astype(result.dtype)

    return b.reduce(
        result.shape, (batch, height, width), term, Combiner.SUM, dtype=result.dtype, name="conv2d_backward_weight"
    )


def _expand(params: BackwardWeight, f: Fragment[Any], grad: Any, data: Any) -> Any:
    """The data convolved with the adjoint: batch and channels, strides and dilation change places."""
    if (params.grad_layout, params.data_layout, params.weight_layout) != ("NCHW", "NCHW", "OIHW"):
        raise Reject("only layouts NCHW and OIHW are expanded")
    given, source = f.tensor_type(grad), f.tensor_type(data)
    batch, channels, *sizes = source.shape
    inner = shapes.floor_divide(channels, params.groups)
    if params.groups != 1:
        # Every group's batch is a group of channels of its own.
        data = f.call("reshape", data, shape=(batch, params.groups, inner, *sizes))
        data = f.call("transpose", data, axes=(1, 0, 2, 3, 4))
        data = f.call("reshape", data, shape=(shapes.multiply(batch, params.groups), inner, *sizes))
    weight = f.call(
        "nn.conv2d",
        data,
        grad,
        strides=params.dilation,
        padding=params.padding,
        dilation=params.strides,
        groups=params.groups,
        channels=given.shape[1],
        kernel_size=given.shape[2:],
        data_layout="CNHW",
        kernel_layout="IOHW",
        out_layout="CNHW",
        out_dtype=params.out_dtype,
    )
    wanted = (given.shape[1], inner, *params.kernel_size)
    if f.tensor_type(weight).shape == wanted:
        return weight
    return f.call("strided_slice", weight, axes=(0, 1, 2, 3), begin=(0, 0, 0, 0), end=wanted, strides=(1, 1, 1, 1))


def _at(index: Sequence[PrimExpr], axes: Sequence[int]) -> tuple[PrimExpr, ...]:
    result = list(index)
    for axis, value in zip(axes, index, strict=True):
        result[axis] = value
    return tuple(result)


def _length(params: BackwardWeight, grad: TensorType, data: TensorType) -> Dim:
    del data
    batch, _, *spots = layout.merged(grad.shape, params.grad_layout, "NCHW", 0)
    return shapes.product((batch, *spots))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if attrs["kernel_size"] is None:
        raise Reject("kernel_size must be given")
    said = convolution_spelling.read(2, attrs, types)
    return {
        **{name: said[name] for name in ("strides", "padding", "dilation", "groups", "channels", "kernel_size")},
        "grad_layout": attrs["data_layout"],
        "data_layout": attrs["kernel_layout"],
        "weight_layout": attrs["out_layout"],
        "out_dtype": attrs["out_dtype"],
    }


def _write(params: BackwardWeight, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    names = ("strides", "padding", "dilation", "groups", "channels", "kernel_size", "out_dtype")
    return {
        **{name: getattr(params, name) for name in names},
        "data_layout": params.grad_layout,
        "kernel_layout": params.data_layout,
        "out_layout": params.weight_layout,
    }


def _draw(d: Draw) -> Drawn:
    window = window_draw.window(d, 2)
    sizes = convolution_draw.channels(d, window, multiplier=False)
    types, batch = window_draw.accumulation(d), d.integer(1, 2)
    grad_layout, data_layout = (window_draw.whole_layout(d, "NCHW") for _ in range(2))
    params = BackwardWeight(
        window.strides,
        window.padding,
        window.dilation,
        sizes.groups,
        sizes.outputs if sizes.inputs == sizes.outputs == sizes.groups else d.some(lambda: sizes.outputs),
        window.kernel,
        grad_layout,
        data_layout,
        window_draw.whole_layout(d, "OIHW"),
        types.out,
    )
    grad, data = (batch, sizes.outputs, *sizes.out), (batch, sizes.inputs, *window.size)
    return Drawn(
        params,
        (
            TensorType(layout.split(grad, grad_layout, "NCHW"), types.left),
            TensorType(layout.split(data, data_layout, "NCHW"), types.right),
        ),
    )


_PLAIN = CONVOLUTIONS[1].relay
assert _PLAIN is not None

CARD = OpCard(
    name="nn.conv2d_backward_weight",
    inputs=(Input("grad"), Input("data")),
    params=BackwardWeight,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.conv2d_backward_weight",
        attrs_type="relay.attrs.Conv2DAttrs",
        fields=_PLAIN.fields,
        read=_read,
        write=_write,
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=contraction.rounding(_length, _reference),
    draw=_draw,
)
