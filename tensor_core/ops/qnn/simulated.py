"""qnn.simulated_quantize and qnn.simulated_dequantize: what quantizing would do to floats, which stay floats.

An operand says at run time which integers are simulated: 1 for int8, 2 for uint8, 3 for int32; any other number leaves
the data as it is. Scales and zero points are vectors, repeated along ``axis`` when they are shorter than it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, limits
from tensor_core.ops import margins, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.elementwise.whole import Round
from tensor_core.ops.elementwise.whole import lower as rounding
from tensor_core.ops.elementwise.whole import reference as whole_numbers
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Shape, as_expr
from tensor_core.types import TensorType, Type

_CODES = {1: "int8", 2: "uint8", 3: "int32"}


@dataclass(frozen=True, slots=True)
class Simulated:
    """``axis``: the dimension that scales and zero points go along. ``out_dtype`` says nothing."""

    axis: int = -1
    out_dtype: str = ""


def _infer(params: Simulated, *types: Type) -> Type:
    del params
    for argument, type_ in enumerate(types):
        rules.tensor(type_, argument)
    return rules.tensor(types[0], 0)


def _check(code: Shape, scale: Shape, zero_point: Shape) -> None:
    """What TVM 0.19 looks at only when it makes a kernel."""
    if code:
        raise Reject(f"expected a scalar, got {rules.show(code)}", 1)
    for argument, shape in ((2, scale), (3, zero_point)):
        if len(shape) != 1 or shape[0] == 0:
            raise Reject(f"expected a vector, got {rules.show(shape)}", argument)


def _spread(params: Simulated, x: Array, values: Array) -> Array:
    axis = rules.axis(params.axis, x.ndim)
    places: Array = np.arange(int(x.shape[axis])) % values.size
    return values[places].reshape([-1 if n == axis else 1 for n in range(x.ndim)])


def _quantize(params: Simulated, x: Array, code: Array, scale: Array, zero_point: Array) -> Array:
    _check(code.shape, scale.shape, zero_point.shape)
    if x.dtype.kind != "f":
        raise Reject(f"it is computed on floats, not on {x.dtype}", 0)
    dtype = _CODES.get(int(code))
    if dtype is None:
        return x
    quotient = x / _spread(params, x, scale).astype(x.dtype)
    whole = whole_numbers(Round(), quotient)
    low, high = (x.dtype.type(bound) for bound in limits(dtype))
    moved = whole + _spread(params, x, zero_point).astype(x.dtype)
    below = np.where(moved < high, moved, high)
    return np.where(below > low, below, low)


def _margin(params: Simulated, x: Array, code: Array, scale: Array, zero_point: Array) -> Array:
    del zero_point
    if int(code) not in _CODES:
        return np.asarray(np.inf)
    return margins.half(x / _spread(params, x, scale))


def _dequantize(params: Simulated, x: Array, code: Array, scale: Array, zero_point: Array) -> Array:
    _check(code.shape, scale.shape, zero_point.shape)
    if int(code) not in _CODES:
        return x
    moved = x - _spread(params, x, zero_point).astype(x.dtype)
    return moved * _spread(params, x, scale).astype(x.dtype)


def _lower_quantize(params: Simulated, b: LoopBuilder, x: Tensor, code: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
    _check(code.shape, scale.shape, zero.shape)

    def whole(*i: PrimExpr) -> PrimExpr:
        place = i[rules.axis(params.axis, x.rank)]
        return x[i] / scale[place % as_expr(scale.shape[0])].astype(x.dtype)

    rounded = rounding(Round(), b, b.compute(x.shape, whole, name="quotient"))

    def element(*i: PrimExpr) -> PrimExpr:
        place = i[rules.axis(params.axis, x.rank)]
        moved = rounded[i] + zero[place % as_expr(zero.shape[0])].astype(x.dtype)
        result = x[i]
        for number, dtype in _CODES.items():
            low, high = (prim.const(bound, x.dtype) for bound in limits(dtype))
            result = prim.select(code[()].equal(number), prim.Max(prim.Min(moved, high), low), result)
        return result

    return b.compute(x.shape, element, name="simulated")


def _lower_dequantize(
    params: Simulated, b: LoopBuilder, x: Tensor, code: Tensor, scale: Tensor, zero: Tensor
) -> Tensor:
    _check(code.shape, scale.shape, zero.shape)

    def element(*i: PrimExpr) -> PrimExpr:
        place = i[rules.axis(params.axis, x.rank)]
        moved = x[i] - zero[place % as_expr(zero.shape[0])].astype(x.dtype)
        result = x[i]
        for number in _CODES:
            scaled = moved * scale[place % as_expr(scale.shape[0])].astype(x.dtype)
            result = prim.select(code[()].equal(number), scaled, result)
        return result

    return b.compute(x.shape, element, name="simulated")


def _draw(d: Draw) -> Drawn:
    data = TensorType(d.shape(1), d.one_of("float32", "float64"))
    code = np.asarray(d.one_of(1, 2, 3, 0), np.int32)
    scale, zero_point = (make(d, d.integer(1, 3)) for make in (quantization_draw.scale, quantization_draw.zero_point))
    return quantization_draw.call(Simulated(d.axis(data.rank)), (data,), (code, scale, zero_point))


_AXIS = Field("axis", Kind.INT, -1)

CARDS = (
    OpCard(
        name="qnn.simulated_quantize",
        inputs=(Input("data"), Input("out_dtype"), Input("output_scale"), Input("output_zero_point")),
        params=Simulated,
        infer=_infer,
        reference=_quantize,
        lower=_lower_quantize,
        relay=RelaySpelling(
            name="qnn.simulated_quantize",
            attrs_type="relay.attrs.SimulatedQuantizeAttrs",
            fields=(_AXIS,),
            python="qnn.op.simulated_quantize",
        ),
        pattern=Pattern.ELEMENTWISE,
        draw=_draw,
        margin=_margin,
    ),
    OpCard(
        name="qnn.simulated_dequantize",
        inputs=(Input("data"), Input("in_dtype"), Input("input_scale"), Input("input_zero_point")),
        params=Simulated,
        infer=_infer,
        reference=_dequantize,
        lower=_lower_dequantize,
        relay=RelaySpelling(
            name="qnn.simulated_dequantize",
            attrs_type="relay.attrs.DequantizeAttrs",
            fields=(Field("out_dtype", Kind.DTYPE), _AXIS),
            python="qnn.op.simulated_dequantize",
        ),
        pattern=Pattern.ELEMENTWISE,
        draw=_draw,
    ),
)
