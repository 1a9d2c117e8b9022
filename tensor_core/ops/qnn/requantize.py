"""qnn.requantize: integers of one scale and zero point as integers of another.

By default the quotient of the scales is a 32-bit fixed-point number, the product is rounded with halves upward, the new
zero point is added and the sum saturates. ``rounding`` "TONEAREST" takes halves away from zero; ``compute_dtype``
float32 or float64 computes in floats, which is also what TVM 0.19 chooses by itself for targets with SSE 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.quantization import TONEAREST, UNSET, UPWARD, channel_axis
from tensor_core.types import TensorType, Type

_INPUTS = ("int8", "uint8", "int16", "int32", "int64")
_OUTPUTS = ("int8", "uint8", "int16", "int32")


@dataclass(frozen=True, slots=True)
class Requantize:
    """``axis``: the dimension that vectors of input scales and zero points go along. "None" leaves a choice open."""

    out_dtype: str
    axis: int = -1
    rounding: str = UNSET
    compute_dtype: str = UNSET


def _infer(params: Requantize, data: Type, *rest: Type) -> Type:
    source = quantization.one_of(data, 0, _INPUTS)
    axis = channel_axis(params.axis, source.rank)
    if not 0 <= axis < max(source.rank, 1):
        raise Reject(f"axis {params.axis} is out of range for {source.rank} dimensions")
    extent = source.shape[axis] if source.rank else 1
    quantization.per_axis(rest[0], 1, "float32", extent)
    quantization.per_axis(rest[1], 2, "int32", extent)
    quantization.scalar(rest[2], 3, "float32")
    quantization.scalar(rest[3], 4, "int32")
    if params.out_dtype not in _OUTPUTS:
        raise Reject(f"out_dtype must be one of {', '.join(_OUTPUTS)}, not {params.out_dtype or 'empty'}")
    return TensorType(source.shape, params.out_dtype)


def _expand(params: Requantize, f: Fragment[Any], data: Any, *scales: Any) -> Any:
    if params.rounding not in (UNSET, UPWARD, TONEAREST):
        raise Reject(f"rounding must be {UPWARD} or {TONEAREST}, not {params.rounding!r}")
    if params.compute_dtype not in (UNSET, "int64", "float32", "float64"):
        raise Reject(f"compute_dtype must be int64, float32 or float64, not {params.compute_dtype!r}")
    return quantization.requantize(
        f,
        data,
        (scales[0], scales[1]),
        (scales[2], scales[3]),
        params.out_dtype,
        params.axis,
        params.rounding,
        params.compute_dtype,
    )


def _draw(d: Draw) -> Drawn:
    shape = d.any_shape()
    axis = d.axis(len(shape)) if shape else -1
    params = Requantize(
        d.one_of(*_OUTPUTS), axis, d.one_of(UNSET, UPWARD, TONEAREST), d.one_of(UNSET, "int64", "float32", "float64")
    )
    own = quantization_draw.pair(d, shape[axis] if shape else None)
    data = TensorType(shape, d.one_of(*_INPUTS))
    return quantization_draw.call(params, (data,), (*own, *quantization_draw.pair(d)))


CARD = OpCard(
    name="qnn.requantize",
    inputs=(
        Input("data"),
        Input("input_scale"),
        Input("input_zero_point"),
        Input("output_scale"),
        Input("output_zero_point"),
    ),
    params=Requantize,
    infer=_infer,
    expand=_expand,
    relay=RelaySpelling(
        name="qnn.requantize",
        attrs_type="relay.attrs.RequantizeAttrs",
        fields=(
            Field("axis", Kind.INT, -1),
            Field("rounding", Kind.STR, UNSET),
            Field("compute_dtype", Kind.STR, UNSET),
            Field("out_dtype", Kind.DTYPE, ""),
        ),
        python="qnn.op.requantize",
    ),
    pattern=Pattern.ELEMENTWISE,
    draw=_draw,
    undefined=quantization.by_target(_expand),
)
