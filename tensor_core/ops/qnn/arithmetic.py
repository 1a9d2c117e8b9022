"""qnn.add, qnn.subtract and qnn.mul of quantized tensors, with numpy broadcasting.

A sum rescales each operand to the result's scale first, so each is rounded before they are added; a product multiplies
in int32 and is rescaled then. Scales and zero points of the operands are scalars, or vectors along their axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.quantization import channel_axis, is_scalar
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Channels:
    """The dimensions that vectors of the operands' scales and zero points go along."""

    lhs_axis: int = -1
    rhs_axis: int = -1


def _infer(params: Channels, *types: Type) -> Type:
    left, right = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    _check(left, params.lhs_axis, types, 2)
    _check(right, params.rhs_axis, types, 4)
    quantization.scalar(types[6], 6, "float32")
    quantization.scalar(types[7], 7, "int32")
    return rules.broadcast(None, left, right)


def _check(source: TensorType, axis: int, types: tuple[Type, ...], place: int) -> None:
    index = 0 if source.rank <= 1 else channel_axis(axis, source.rank)
    if not 0 <= index < max(source.rank, 1):
        raise Reject(f"axis {axis} is out of range for {source.rank} dimensions")
    extent = source.shape[index] if source.rank else 1
    quantization.per_axis(types[place], place, "float32", extent)
    quantization.per_axis(types[place + 1], place + 1, "int32", extent)


def _sum(operation: str, correction: str) -> Callable[..., Any]:
    """Rescaled operands, then the zero point that the operation counts once too often or once too little."""

    def expand(params: Channels, f: Fragment[Any], lhs: Any, rhs: Any, *scales: Any) -> Any:
        target = (scales[4], scales[5])
        left = quantization.requantize_or_widen(f, lhs, (scales[0], scales[1]), target, params.lhs_axis)
        right = quantization.requantize_or_widen(f, rhs, (scales[2], scales[3]), target, params.rhs_axis)
        result = f.call(operation, left, right)
        if not is_scalar(f, target[1], 0):
            result = f.call(correction, result, target[1])
        return quantization.saturate(f, result, f.tensor_type(lhs).dtype)

    return expand


def _product(params: Channels, f: Fragment[Any], lhs: Any, rhs: Any, *scales: Any) -> Any:
    left_scale = quantization.constant(f, scales[0], "the left scale")
    right_scale = quantization.constant(f, scales[2], "the right scale")
    axis = params.lhs_axis
    if (left_scale.ndim or right_scale.ndim) and axis != params.rhs_axis:
        raise Reject("TVM multiplies operands with a scale for each channel only along one axis")
    left, right = (
        _shifted(f, value, zero, axis_of)
        for value, zero, axis_of in ((lhs, scales[1], axis), (rhs, scales[3], params.rhs_axis))
    )
    product = f.call("multiply", left, right)
    if not (left_scale.ndim or right_scale.ndim):
        scale = np.asarray(np.float32(left_scale.item()) * np.float32(right_scale.item()))
    else:
        if left_scale.size != right_scale.size:
            raise Reject("TVM multiplies operands with a scale for each channel only if both have as many")
        scale = np.asarray(left_scale, np.float64).reshape(-1) * np.asarray(right_scale, np.float64).reshape(-1)
    source = (f.constant(scale, "float32"), f.constant(0, "int32"))
    return quantization.requantize(f, product, source, (scales[4], scales[5]), f.tensor_type(lhs).dtype, axis)


def _shifted(f: Fragment[Any], value: Any, zero_point: Any, axis: int) -> Any:
    wide = f.call("cast", value, dtype="int32")
    if is_scalar(f, zero_point, 0):
        return wide
    if f.tensor_type(zero_point).rank:
        rank = f.tensor_type(value).rank
        zero_point = quantization.along(f, zero_point, rank, channel_axis(axis, rank))
    return f.call("subtract", wide, zero_point)


_SCALES = ("lhs_scale", "lhs_zero_point", "rhs_scale", "rhs_zero_point", "output_scale", "output_zero_point")


def _draw_sum(d: Draw) -> Drawn:
    shape, dtype = d.shape(), d.one_of("int8", "uint8", "int32")
    narrow = d.narrowed(shape)
    pair = (narrow, shape) if d.flag() else (shape, narrow)
    axes = [d.axis(len(item)) if item else -1 for item in pair]
    extents = [item[axis] if item else None for item, axis in zip(pair, axes, strict=True)]
    scales = [number for extent in (*extents, None) for number in quantization_draw.pair(d, extent)]
    return quantization_draw.call(Channels(*axes), [TensorType(item, dtype) for item in pair], scales)


def _draw_product(d: Draw) -> Drawn:
    if d.flag():
        plain = _draw_sum(d)
        scalars = [quantization_draw.pair(d) for _ in range(3)]
        return quantization_draw.call(plain.params, plain.types[:2], [number for item in scalars for number in item])
    # Both operands have a scale for each channel, of as many channels.
    shape = d.shape(1)
    axis, operand = d.axis(len(shape)), TensorType(shape, d.one_of("int8", "uint8"))
    scales = [
        number
        for _ in range(2)
        for number in (quantization_draw.scale(d, shape[axis]), quantization_draw.zero_point(d))
    ]
    return quantization_draw.call(Channels(axis, axis), (operand, operand), (*scales, *quantization_draw.pair(d)))


def _card(name: str, expand: Callable[..., Any]) -> OpCard[Channels]:
    return OpCard(
        name=f"qnn.{name}",
        inputs=(Input("lhs"), Input("rhs"), *map(Input, _SCALES)),
        params=Channels,
        infer=_infer,
        expand=expand,
        relay=RelaySpelling(
            name=f"qnn.{name}",
            attrs_type="relay.attrs.BroadcastAttrs",
            fields=(Field("lhs_axis", Kind.INT, -1), Field("rhs_axis", Kind.INT, -1)),
            python=f"qnn.op.{name}",
        ),
        pattern=Pattern.BROADCAST,
        draw=_draw_product if name == "mul" else _draw_sum,
        undefined=quantization.by_target(expand),
    )


CARDS = (_card("add", _sum("add", "subtract")), _card("subtract", _sum("subtract", "add")), _card("mul", _product))
