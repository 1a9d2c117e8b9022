"""Convolutions in any number of spatial dimensions: parameters, type rule, numpy reference and lowering.

The cards of :mod:`tensor_core.ops.conv` differ in the letters of their layouts only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, layout, rules, windows
from tensor_core.ops.card import Reject
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type

WeightAt = Callable[[PrimExpr, PrimExpr, Sequence[PrimExpr]], PrimExpr]
"""The weight for an output channel, an input channel within its group and kernel taps."""


@dataclass(frozen=True, slots=True)
class Conv:
    """``padding`` is all befores then all afters; ``output_padding`` enlarges a transposed convolution's result.

    ``out_dtype`` is empty for the data's element type. ``channels`` and ``kernel_size`` only serve to find the type of
    a weight that has none yet; they say nothing otherwise.
    """

    strides: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    data_layout: str
    kernel_layout: str
    out_layout: str
    out_dtype: str = ""
    output_padding: tuple[int, ...] = ()
    channels: Dim | None = field(default=None, compare=False)
    kernel_size: tuple[Dim, ...] | None = field(default=None, compare=False)

    @property
    def letters(self) -> str:
        """The spatial letters, outermost first."""
        return {1: "W", 2: "HW", 3: "DHW"}[len(self.strides)]

    @property
    def is_blocked(self) -> bool:
        """Whether some layout stores a dimension in blocks, as "NCHW4c" does."""
        return any(map(layout.is_blocked, (self.data_layout, self.kernel_layout, self.out_layout)))

    @property
    def is_ordered(self) -> bool:
        """Whether spatial dimensions stand in order in data and weight: TVM's kernels pair them by place."""
        layouts = (self.data_layout, self.kernel_layout)
        return all("".join(c for c in item if c in self.letters) == self.letters for item in layouts)

    @property
    def data_letters(self) -> str:
        """The order in which data and result are thought of."""
        return "NC" + self.letters

    @property
    def kernel_letters(self) -> str:
        """The order in which the weight is thought of."""
        return "OI" + self.letters

    @property
    def data_axes(self) -> tuple[int, ...]:
        """Where batch, channel and the spatial dimensions stand in the data."""
        return layout.positions(self.data_layout, "NC" + self.letters)

    @property
    def out_axes(self) -> tuple[int, ...]:
        """The same in the result."""
        return layout.positions(self.out_layout, "NC" + self.letters)

    @property
    def kernel_axes(self) -> tuple[int, ...]:
        """Where output channel, input channel and the spatial dimensions stand in the weight."""
        return layout.positions(self.kernel_layout, "OI" + self.letters)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of one convolution, its arrays thought of as (batch, channel, *spatial)."""

    batch: Dim
    inputs: Dim
    outputs: Dim
    size: Shape
    kernel: Shape
    multiplier: bool = False
    """A depthwise weight given as (channel, multiplier, ...): output channel c * multiplier + m."""


def arranged(shape: Sequence[Dim], axes: Sequence[int]) -> Shape:
    """A shape in the order of ``axes``."""
    return tuple(shape[a] for a in axes)


def placed(dims: Sequence[Dim], axes: Sequence[int]) -> Shape:
    """The inverse of :func:`arranged`."""
    result: list[Dim] = [0] * len(axes)
    for axis, dim in zip(axes, dims, strict=True):
        result[axis] = dim
    return tuple(result)


def geometry(params: Conv, data: Type, weight: Type) -> Geometry:
    """The sizes of a convolution; Reject when the channels do not fit."""
    x, w = rules.tensor(data, 0), rules.tensor(weight, 1)
    batch, inputs, *size = layout.merged(x.shape, params.data_layout, params.data_letters, 0)
    outer, inner, *kernel = layout.merged(w.shape, params.kernel_layout, params.kernel_letters, 1)
    groups = params.groups
    is_multiplier = groups > 1 and inputs == groups and outer == groups and isinstance(inner, int) and inner > 1
    if is_multiplier:
        outer = shapes.multiply(outer, inner)
    elif _may_multiply(groups, inputs, outer, inner):
        outer = params.channels or shapes.ANY
    elif shapes.prove_different(shapes.multiply(inner, groups), inputs):
        raise Reject(
            f"the data has {shapes.to_text(inputs)} channels, the weight {shapes.to_text(inner)} in {groups} group(s)",
            1,
        )
    if params.channels is not None and shapes.prove_different(outer, params.channels):
        raise Reject(f"channels is {shapes.to_text(params.channels)}, but the weight makes {shapes.to_text(outer)}", 1)
    check_kernel(params, kernel)
    return Geometry(batch, inputs, outer, tuple(size), tuple(kernel), is_multiplier)


def _may_multiply(groups: int, inputs: Dim, outer: Dim, inner: Dim) -> bool:
    """Whether open dimensions leave it unknown whether a weight has a multiplier."""
    if groups == 1 or inner == 1 or shapes.prove_equal(shapes.multiply(inner, groups), inputs):
        return False
    return not shapes.prove_different(inputs, groups) and not shapes.prove_different(outer, groups)


def check_kernel(params: Conv, kernel: Sequence[Dim]) -> None:
    """Reject a weight whose kernel is not what ``kernel_size`` says."""
    if params.kernel_size is not None and any(map(shapes.prove_different, kernel, params.kernel_size)):
        raise Reject(
            f"kernel_size is {rules.show(params.kernel_size)}, but the weight's is {rules.show(tuple(kernel))}", 1
        )


def infer(params: Conv, data: Type, weight: Type) -> Type:
    """The type of a convolution."""
    g = geometry(params, data, weight)
    padding = windows.pairs(params.padding)
    spatial = map(windows.extent, g.size, padding, g.kernel, params.strides, params.dilation)
    return _result(params, data, (g.batch, g.outputs, *spatial))


def _result(params: Conv, data: Type, dims: Sequence[Dim]) -> Type:
    dtype = contraction.result_dtype(params, rules.tensor(data, 0).dtype)
    return TensorType(layout.split(tuple(dims), params.out_layout, params.data_letters), dtype)


def assign(params: Conv, data: Type | None, weight: Type | None) -> Sequence[Type | None]:
    """The weight's type from ``channels`` and ``kernel_size``, of one group only (Conv2DRel in TVM 0.19)."""
    if weight is not None or not isinstance(data, TensorType) or params.groups > 1:
        return data, weight
    if params.channels is None or params.kernel_size is None:
        return data, weight
    inputs = layout.merged(data.shape, params.data_layout, params.data_letters, 0)[1]
    dims = (params.channels, inputs, *params.kernel_size)
    return data, TensorType(layout.split(dims, params.kernel_layout, params.kernel_letters), data.dtype)


def length(params: Conv, data: TensorType, weight: TensorType) -> Dim:
    """The number of products summed for one element of the result."""
    g = geometry(params, data, weight)
    return shapes.product((shapes.floor_divide(g.inputs, params.groups), *g.kernel))


def unblocked(params: Conv) -> dict[str, Any]:
    """The parameters with every layout whole and in the default order."""
    own = {item.name: getattr(params, item.name) for item in fields(Conv)}
    whole = {"data_layout": params.data_letters, "kernel_layout": params.kernel_letters}
    return {**own, **whole, "out_layout": params.data_letters}


def in_blocks(params: Conv, f: Fragment[Any], data: Any, weight: Any) -> Any:
    """The convolution of arrays in blocks: put together, convolved, and cut again."""
    data = layout.unpack(f, data, params.data_layout, params.data_letters)
    weight = layout.unpack(f, weight, params.kernel_layout, params.kernel_letters)
    result = f.call(f"nn.conv{len(params.strides)}d", data, weight, **unblocked(params))
    return layout.pack(f, result, params.out_layout, params.data_letters)


def lower(params: Conv, b: LoopBuilder, data: Tensor, weight: Tensor) -> Tensor:
    """Padding in a stage of its own, then one reduction without conditions."""
    if params.is_blocked:
        return in_blocks(params, LoopFragment(b), data, weight)
    source = TensorType(data.shape, data.dtype)
    g = geometry(params, source, TensorType(weight.shape, weight.dtype))
    result = rules.tensor(infer(params, source, TensorType(weight.shape, weight.dtype)), 0)
    padded = windows.pad_stage(b, data, params.data_axes[2:], windows.pairs(params.padding), 0)

    def weight_at(output: PrimExpr, inner: PrimExpr, taps: Sequence[PrimExpr]) -> PrimExpr:
        if g.multiplier:
            factor = weight.shape[params.kernel_axes[1]]
            output, inner = output // shapes.as_expr(factor), output % shapes.as_expr(factor)
        return weight[index((output, inner, *taps), params.kernel_axes)]

    return reduce_taps(params, b, padded, weight_at, g, result, params.strides)


def index(values: Sequence[PrimExpr], axes: Sequence[int]) -> tuple[PrimExpr, ...]:
    """Indices (batch, channel, *spatial) in the order of a layout."""
    result = list(values)
    for axis, value in zip(axes, values, strict=True):
        result[axis] = value
    return tuple(result)


def reduce_taps(
    params: Conv,
    b: LoopBuilder,
    padded: Tensor,
    weight_at: WeightAt,
    g: Geometry,
    result: TensorType,
    strides: Sequence[int],
) -> Tensor:
    """Sum over input channels of the group and kernel taps, in the result's axis order."""
    groups = params.groups
    inputs = shapes.floor_divide(g.inputs, groups)
    outputs = shapes.floor_divide(g.outputs, groups)
    # One input channel per group leaves no channel to sum over.
    over = (() if inputs == 1 else (inputs,), g.kernel)

    def term(*v: PrimExpr) -> PrimExpr:
        n, channel, *place = (v[a] for a in params.out_axes)
        reduced = v[result.rank :]
        inner = reduced[0] if over[0] else shapes.as_expr(0)
        taps = reduced[len(over[0]) :]
        source = _input_channel(channel, inner, groups, inputs, outputs)
        spots = [_spot(p, t, s, d) for p, t, s, d in zip(place, taps, strides, params.dilation, strict=True)]
        x = padded[index((n, source, *spots), params.data_axes)]
        return x.astype(result.dtype) * weight_at(channel, inner, taps).astype(result.dtype)

    return b.reduce(result.shape, (*over[0], *over[1]), term, Combiner.SUM, dtype=result.dtype, name="conv")


def _input_channel(channel: PrimExpr, inner: PrimExpr, groups: int, inputs: Dim, outputs: Dim) -> PrimExpr:
    if groups == 1:
        return inner
    group = channel if outputs == 1 else channel // shapes.as_expr(outputs)
    return group if inputs == 1 else group * shapes.as_expr(inputs) + inner


def _spot(place: PrimExpr, tap: PrimExpr, stride: int, dilation: int) -> PrimExpr:
    return (place if stride == 1 else place * stride) + (tap if dilation == 1 else tap * dilation)
