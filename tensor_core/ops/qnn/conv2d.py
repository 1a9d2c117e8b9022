"""qnn.conv2d and qnn.conv2d_transpose: convolutions of what quantized data and weights stand for, but for the scales.

The result is the convolution of (data - zero point) by (weight - zero point) in integers, padded by the zero point;
its scale is the product of the scales, which only the type rule looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import convolution_draw, quantization, quantization_draw, rules, window_draw
from tensor_core.ops.card import Input, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.conv.conv_transpose import CARDS as TRANSPOSED
from tensor_core.ops.convolution import Conv
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.quantization import is_scalar
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

_INPUTS = (
    "data",
    "weight",
    "input_zero_point",
    "kernel_zero_point",
    "input_scale",
    "kernel_scale",
)


def _check_out_dtype(params: Conv) -> None:
    if params.out_dtype not in ("int16", "int32", "int64"):
        raise Reject(f"out_dtype must be int16, int32 or int64, not {params.out_dtype or 'empty'}")


def _infer(params: Conv, *types: Type) -> Type:
    allowed = ("int8", "uint8", "int16")
    data, weight = quantization.one_of(types[0], 0, allowed), quantization.one_of(types[1], 1, allowed)
    _check_out_dtype(params)
    quantization.scalar(types[2], 2, "int32")
    quantization.scalar(types[4], 4, "float32")
    quantization.per_axis(types[5], 5, "float32", _scales(params, data, weight))
    return _PLAIN.infer(params, data, weight)


def _scales(params: Conv, data: TensorType, weight: TensorType) -> Dim | None:
    """How many scales a vector of them for the weight holds."""
    outer = _extent(params.kernel_layout, "O", weight, 1)
    if params.groups == 1:
        return outer
    inner = _extent(params.kernel_layout, "I", weight, 1)
    channels = _extent(params.data_layout, "C", data, 0)
    # Compared as TVM 0.19 does: the channels with the weight's inner dimension.
    if channels == params.groups and params.channels is not None and params.channels == inner:
        return shapes.multiply(inner, outer)
    return params.channels


def _extent(layout: str, letter: str, type_: TensorType, argument: int) -> Dim:
    place = layout.find(letter)
    if not 0 <= place < type_.rank:
        raise Reject(f"layout {layout} has no dimension {letter} among {type_.rank}", argument)
    return type_.shape[place]


def _infer_transpose(params: Conv, *types: Type) -> Type:
    data = quantization.one_of(types[0], 0, ("int8", "uint8", "int16", "uint16"))
    weight = quantization.one_of(types[1], 1, ("int8", "uint8"))
    _check_out_dtype(params)
    if rules.tensor(types[3], 3).dtype != "int32":
        raise Reject(f"expected int32, got {types[3]}", 3)
    quantization.per_axis(types[2], 2, "int32", 1)
    quantization.per_axis(types[4], 4, "float32", 1)
    outer = _extent(params.kernel_layout, "O", weight, 1)
    if params.groups > 1:
        outer = shapes.multiply(_extent(params.kernel_layout, "I", weight, 1), outer)
    quantization.per_axis(types[5], 5, "float32", outer)
    return _TRANSPOSED.infer(params, data, weight)


def _expander(name: str) -> Callable[..., Any]:
    def expand(params: Conv, f: Fragment[Any], data: Any, weight: Any, *rest: Any) -> Any:
        wide = "int64" if params.out_dtype == "int64" else "int32"
        data = _shifted(f, data, rest[0], wide, 0)
        weight = _shifted(f, weight, rest[1], wide, params.kernel_layout.find("O"))
        return f.call(name, data, weight, **{item.name: getattr(params, item.name) for item in fields(Conv)})

    return expand


def _shifted(f: Fragment[Any], value: Any, zero_point: Any, dtype: str, axis: int) -> Any:
    wide = f.call("cast", value, dtype=dtype)
    if is_scalar(f, zero_point, 0):
        return wide
    zero = f.call("cast", zero_point, dtype=dtype)
    if f.tensor_type(zero_point).rank and f.tensor_type(zero_point).shape != (1,):
        zero = quantization.along(f, zero, f.tensor_type(value).rank, axis)
    return f.call("subtract", wide, zero)


def _spelling(plain: OpCard[Conv]) -> RelaySpelling:
    known = plain.relay
    assert known is not None
    name = plain.name.replace("nn.", "qnn.")
    return RelaySpelling(
        name=name,
        attrs_type=known.attrs_type,
        fields=known.fields,
        read=known.read,
        write=known.write,
        python=f"qnn.op.{name.removeprefix('qnn.')}",
    )


def _draw(d: Draw) -> Drawn:
    window, types = window_draw.window(d, 2), ("int8", "uint8", "int16")
    sizes = convolution_draw.channels(d, window)
    return _quantized(d, sizes, convolution_draw.call(d, window, sizes, whole=True, types=_types(d, types, types)))


def _draw_transposed(d: Draw) -> Drawn:
    types = _types(d, ("int8", "uint8", "int16", "uint16"), ("int8", "uint8"))
    sizes, plain = convolution_draw.transposed_call(d, 2, whole=True, types=types)
    return _quantized(d, sizes, plain)


def _types(d: Draw, data: Sequence[str], weight: Sequence[str]) -> window_draw.Accumulation:
    return window_draw.Accumulation(d.one_of(*data), d.one_of(*weight), d.one_of("int32", "int64", "int16"))


def _quantized(d: Draw, sizes: convolution_draw.Sizes, plain: Drawn) -> Drawn:
    # A scale and a zero point for each output channel of the weight; of one group, where TVM counts them alike.
    extent = sizes.weight[0] if sizes.groups == 1 else None
    scale, zero_point = quantization_draw.pair(d, extent)
    own, data_zero_point = quantization_draw.pair(d)
    return quantization_draw.call(plain.params, plain.types, (data_zero_point, zero_point, own, scale))


_PLAIN, _TRANSPOSED = CONVOLUTIONS[1], TRANSPOSED[1]

CARDS = tuple(
    OpCard(
        name=plain.name.replace("nn.", "qnn."),
        inputs=tuple(map(Input, _INPUTS)),
        params=Conv,
        infer=infer,
        expand=_expander(plain.name),
        relay=_spelling(plain),
        pattern=pattern,
        draw=draw,
    )
    for plain, infer, pattern, draw in (
        (_PLAIN, _infer, Pattern.OUT_FUSABLE, _draw),
        (_TRANSPOSED, _infer_transpose, Pattern.OPAQUE, _draw_transposed),
    )
)
