"""quantize and dequantize of Relax: numbers to integers of a scale and a zero point for each element along an axis.

quantize is clip(round(x / scale) + zero_point) in the data's type, dequantize (x - zero_point) * scale: the difference
in int32 (float32 for floats), the product in float32 (legalisation in TVM 0.19 and 0.27). Where halves go is a
parameter, as for round. Results of type float16 are clipped to its range; those of type float32 are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import margins, quantization_draw, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.elementwise.whole import AWAY, EVEN, Round
from tensor_core.ops.elementwise.whole import reference as whole_numbers
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Quantize:
    """``axis``: along which scales and zero points stand; ``tie``: where halves go."""

    axis: int
    out_dtype: str
    tie: str = AWAY


@dataclass(frozen=True, slots=True)
class Dequantize:
    """``axis``: along which scales and zero points stand."""

    axis: int
    out_dtype: str


def _infer(params: Quantize | Dequantize, data: Type, scale: Type, zero_point: Type) -> Type:
    source = rules.tensor(data, 0)
    for argument, given in ((1, scale), (2, zero_point)):
        own = rules.tensor(given, argument)
        if own.rank == 0 or all(dim == 1 for dim in own.shape):
            continue
        extent = source.shape[rules.axis(params.axis, source.rank)]
        if own.rank != 1 or not shapes.prove_equal(own.shape[0], extent):
            raise Reject(
                f"expected one number for each of {shapes.to_text(extent)}, got {rules.show(own.shape)}", argument
            )
    return TensorType(source.shape, rules.known_dtype(params.out_dtype))


def _spread(values: Array, axis: int, rank: int) -> Array:
    return values.reshape([values.size if n == axis else 1 for n in range(rank)])


def _limits(dtype: str) -> tuple[Any, Any]:
    kind: Any = dtypes.to_numpy(dtype)
    info: Any = np.iinfo(kind) if dtypes.is_int(dtype) else np.finfo(kind)
    return info.min, info.max


def _quantize(params: Quantize, x: Array, scale: Array, zero_point: Array) -> Array:
    axis = rules.axis(params.axis, x.ndim) if x.ndim else 0
    scaled = np.asarray(x / _spread(scale, axis, x.ndim))
    if dtypes.is_int(params.out_dtype):
        scaled = np.asarray(whole_numbers(Round(params.tie), scaled))
    moved = scaled + _spread(zero_point, axis, x.ndim).astype(scaled.dtype)
    low, high = _limits(params.out_dtype)
    # What is no number is above every number to TVM's minimum.
    return np.where(np.isnan(moved), high, np.clip(moved, low, high)).astype(dtypes.to_numpy(params.out_dtype))


def _margin(params: Quantize, x: Array, scale: Array, zero_point: Array) -> Array:
    del zero_point
    return margins.half(x / _spread(scale, rules.axis(params.axis, x.ndim) if x.ndim else 0, x.ndim))


def _dequantize(params: Dequantize, x: Array, scale: Array, zero_point: Array) -> Array:
    axis = rules.axis(params.axis, x.ndim) if x.ndim else 0
    work: Any = np.int32 if x.dtype.kind in "iub" else np.float32 if x.dtype != np.float64 else np.float64
    wide: Any = np.float64 if scale.dtype == np.float64 else np.float32
    moved = x.astype(work) - _spread(zero_point, axis, x.ndim).astype(work)
    result = moved.astype(wide) * _spread(scale, axis, x.ndim).astype(wide)
    if params.out_dtype != "float32":
        low, high = _limits(params.out_dtype)
        result = np.clip(result, low, high)
    return np.asarray(result).astype(dtypes.to_numpy(params.out_dtype))


def _magnitude(params: Dequantize, x: Array, scale: Array, zero_point: Array) -> Array:
    # Of floats the difference is rounded as well, relative to both.
    return np.abs(_dequantize(params, -np.abs(x.astype(np.float64)), scale, np.abs(zero_point)))


def _at(values: Tensor, i: Sequence[PrimExpr], axis: int) -> PrimExpr:
    if all(dim == 1 for dim in values.shape):
        return values[(prim.const(0, "int64"),) * values.rank]
    return values[i[axis]]


def _clipped(value: PrimExpr, dtype: str) -> PrimExpr:
    low, high = (prim.const(limit, value.dtype) for limit in _limits(dtype))
    return prim.Max(prim.Min(value, high), low).astype(dtype)


def _lower_quantize(params: Quantize, b: LoopBuilder, x: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank) if x.rank else 0
    rounding = "nearbyint" if params.tie == EVEN else "round"

    def element(*i: PrimExpr) -> PrimExpr:
        scaled = x[i] / _at(scale, i, axis)
        if dtypes.is_int(params.out_dtype):
            scaled = prim.intrinsic(rounding, scaled)
        return _clipped(scaled + _at(zero_point, i, axis).astype(scaled.dtype), params.out_dtype)

    return b.compute(x.shape, element, params.out_dtype, name="quantized")


def _lower_dequantize(params: Dequantize, b: LoopBuilder, x: Tensor, scale: Tensor, zero_point: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank) if x.rank else 0
    work = "float32" if dtypes.is_float(x.dtype) else "int32"

    def element(*i: PrimExpr) -> PrimExpr:
        moved = x[i].astype(work) - _at(zero_point, i, axis).astype(work)
        result = moved.astype("float32") * _at(scale, i, axis).astype("float32")
        return result if params.out_dtype == "float32" else _clipped(result, params.out_dtype)

    return b.compute(x.shape, element, params.out_dtype, name="dequantized")


def _draw(quantized: bool) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        shape, real = d.any_shape(1), d.one_of("float32", "float16")
        axis = d.axis(len(shape))
        integer = d.one_of("int8", "uint8", "int16", "uint16", *(() if quantized else ("int32",)))
        own, out = (real, integer) if quantized else (d.one_of(integer, real), real)
        extent = shape[axis]
        scale, zero_point = quantization_draw.pair(d, extent)
        params = Quantize(axis, out, d.one_of(AWAY, EVEN)) if quantized else Dequantize(axis, out)
        kind: Any = dtypes.to_numpy(own if quantized else "float32")
        known = (scale.astype(kind), zero_point.astype(np.int8))
        return quantization_draw.call(params, (TensorType(shape, own),), known)

    return draw


def _fields(out_dtype: str) -> tuple[Field, ...]:
    return (Field("out_dtype", Kind.DTYPE, python=out_dtype), Field("axis", Kind.INT, -1))


_OPERANDS = (Operand("data"), Operand("scale"), Operand("zero_point"))
_INPUTS = (Input("data"), Input("scale", Domain(0.5, 2.0)), Input("zero_point", Domain(-2.0, 2.0)))


def _says(tie: str, **span: Any) -> RelaxSpelling:
    def read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
        return {"axis": attrs["axis"], "out_dtype": attrs["out_dtype"], "tie": tie}

    def fits(params: Quantize, _types: Sequence[Type], release: str) -> str | None:
        return None if params.tie == tie else f"Relax {release} rounds halves otherwise"

    return RelaxSpelling(
        name="relax.quantize",
        operands=_OPERANDS,
        attrs_type="relax.attrs.QuantizeAttrs",
        fields=_fields("int8"),
        read=read,
        fits=fits,
        **span,
    )


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": attrs["axis"], "out_dtype": attrs["out_dtype"]}


CARDS = (
    OpCard(
        name="quantize",
        inputs=_INPUTS,
        params=Quantize,
        infer=_infer,
        reference=_quantize,
        lower=_lower_quantize,
        relax=(_says(AWAY, until="0.24"), _says(EVEN, since="0.24")),
        pattern=Pattern.BROADCAST,
        draw=_draw(quantized=True),
        margin=_margin,
    ),
    OpCard(
        name="dequantize",
        inputs=_INPUTS,
        params=Dequantize,
        infer=_infer,
        reference=_dequantize,
        lower=_lower_dequantize,
        relax=(
            RelaxSpelling(
                name="relax.dequantize",
                operands=_OPERANDS,
                attrs_type="relax.attrs.QuantizeAttrs",
                fields=_fields("float32"),
                read=_read,
            ),
        ),
        pattern=Pattern.BROADCAST,
        draw=_draw(quantized=False),
        error=Rounding(ulps=2, magnitude=_magnitude),
    ),
)
