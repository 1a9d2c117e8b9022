"""qnn.quantize and qnn.dequantize: floats to integers with a scale and a zero point, and back.

Halves round away from zero, then the zero point is added and the sum saturates; NaN becomes the largest integer. A
scale and a zero point are scalars, or vectors along ``axis``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import margins, quantization, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.quantization import along, channel_axis
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

_QUANTIZED = ("int8", "uint8", "int16", "uint16", "int32")


@dataclass(frozen=True, slots=True)
class Quantize:
    """``out_dtype``: the result's element type. ``axis``: the dimension that vectors of scales go along."""

    out_dtype: str
    axis: int = -1


def _is_one(type_: Type, argument: int) -> bool:
    return shapes.product(rules.tensor(type_, argument).shape) == 1


def _infer_quantize(params: Quantize, data: Type, scale: Type, zero_point: Type) -> Type:
    source = quantization.one_of(data, 0, ("float32",))
    vectors = bool(rules.tensor(scale, 1).rank or rules.tensor(zero_point, 2).rank)
    extent = _extent(params, source, vectors)
    quantization.per_axis(scale, 1, "float32", extent)
    quantization.per_axis(zero_point, 2, "int32", extent)
    if params.out_dtype not in _QUANTIZED:
        raise Reject(f"out_dtype must be one of {', '.join(_QUANTIZED)}, not {params.out_dtype}")
    return TensorType(source.shape, params.out_dtype)


def _extent(params: Quantize, source: TensorType, vectors: bool) -> Dim:
    axis = channel_axis(params.axis, source.rank)
    if not 0 <= axis < max(source.rank, 1) and (source.rank or vectors):
        raise Reject(f"axis {params.axis} is out of range for {source.rank} dimensions")
    return source.shape[axis] if source.rank else 1


def _expand_quantize(params: Quantize, f: Fragment[Any], data: Any, scale: Any, zero_point: Any) -> Any:
    scale, zero_point = (_spread(params, f, data, value) for value in (scale, zero_point))
    whole = f.call("round", f.call("divide", data, scale))
    shifted = f.call("add", whole, f.call("cast", zero_point, dtype="float32"))
    return quantization.saturate(f, shifted, params.out_dtype)


def _spread(params: Quantize, f: Fragment[Any], data: Any, value: Any) -> Any:
    if not f.tensor_type(value).rank:
        return value
    rank = f.tensor_type(data).rank
    return along(f, value, rank, channel_axis(params.axis, rank))


def _margin(params: Quantize, data: Any, scale: Any, zero_point: Any) -> Any:
    del zero_point
    return margins.half(data / _spread(params, NumpyFragment(), data, scale))


def _infer_dequantize(params: Quantize, data: Type, scale: Type, zero_point: Type) -> Type:
    source = quantization.one_of(data, 0, _QUANTIZED)
    # A vector of one element, whatever the extent of the axis, serves as a scalar.
    vectors = not (_is_one(scale, 1) and _is_one(zero_point, 2))
    extent = _extent(params, source, True) if vectors else 1
    quantization.per_axis(scale, 1, "float32", extent)
    quantization.per_axis(zero_point, 2, "int32", extent)
    if params.out_dtype not in ("float16", "float32"):
        raise Reject(f"out_dtype must be float16 or float32, not {params.out_dtype}")
    return TensorType(source.shape, params.out_dtype)


def _expand_dequantize(params: Quantize, f: Fragment[Any], data: Any, scale: Any, zero_point: Any) -> Any:
    scale, zero_point = (_spread(params, f, data, value) for value in (scale, zero_point))
    shifted = f.call("subtract", f.call("cast", data, dtype="int32"), zero_point)
    result = f.call("multiply", f.call("cast", shifted, dtype="float32"), scale)
    if params.out_dtype == "float32":
        return result
    bounded = f.call("clip", result, a_min=-65504.0, a_max=65504.0)
    return f.call("cast", bounded, dtype=params.out_dtype)


def _draw(quantized: bool) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        shape = d.any_shape()
        axis = d.axis(len(shape)) if shape else -1
        extent = shape[axis] if shape else None
        own, out = (
            ("float32", d.one_of(*_QUANTIZED)) if quantized else (d.one_of(*_QUANTIZED), d.one_of("float32", "float16"))
        )
        return quantization_draw.call(Quantize(out, axis), (TensorType(shape, own),), quantization_draw.pair(d, extent))

    return draw


def _fields(struct: str, name: str) -> RelaySpelling:
    return RelaySpelling(
        name=name,
        attrs_type=f"relay.attrs.{struct}",
        fields=(Field("out_dtype", Kind.DTYPE), Field("axis", Kind.INT, -1)),
        python=f"qnn.op.{name.removeprefix('qnn.')}",
    )


CARDS = (
    OpCard(
        name="qnn.quantize",
        inputs=(Input("data"), Input("output_scale"), Input("output_zero_point")),
        params=Quantize,
        infer=_infer_quantize,
        expand=_expand_quantize,
        relay=_fields("QuantizeAttrs", "qnn.quantize"),
        pattern=Pattern.ELEMENTWISE,
        draw=_draw(quantized=True),
        margin=_margin,
    ),
    OpCard(
        name="qnn.dequantize",
        inputs=(Input("data"), Input("input_scale"), Input("input_zero_point")),
        params=Quantize,
        infer=_infer_dequantize,
        expand=_expand_dequantize,
        relay=_fields("DequantizeAttrs", "qnn.dequantize"),
        pattern=Pattern.ELEMENTWISE,
        draw=_draw(quantized=False),
    ),
)
