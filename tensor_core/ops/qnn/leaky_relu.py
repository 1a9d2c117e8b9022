"""qnn.leaky_relu: the data rescaled to the result's scale; what lies below the zero point times alpha, in integers."""

from __future__ import annotations

from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, RelaySpelling
from tensor_core.ops.elementwise.leaky_relu import LeakyRelu
from tensor_core.ops.qnn.functions import infer


def _expand(params: LeakyRelu, f: Fragment[Any], data: Any, *scales: Any) -> Any:
    value = f.call("cast", data, dtype="int32")
    zero = f.call("cast", scales[1], dtype="int32")
    target_zero = f.call("cast", scales[3], dtype="int32")
    source, target = (scales[0], scales[1]), (scales[2], scales[3])
    moved = quantization.requantize_or_widen(f, value, source, target)
    slope = quantization.rescale(f, moved, params.alpha, 0, quantization.UPWARD)
    offset = quantization.rescale(f, target_zero, 1 - params.alpha, 0, quantization.UPWARD)
    result = f.call("where", f.call("less", value, zero), f.call("add", slope, offset), moved)
    return quantization.saturate(f, result, f.tensor_type(data).dtype)


CARD = OpCard(
    name="qnn.leaky_relu",
    inputs=(
        Input("data"),
        Input("input_scale"),
        Input("input_zero_point"),
        Input("output_scale"),
        Input("output_zero_point"),
    ),
    params=LeakyRelu,
    infer=infer,
    expand=_expand,
    relay=RelaySpelling(
        name="qnn.leaky_relu",
        attrs_type="relay.attrs.LeakyReluAttrs",
        fields=(Field("alpha", Kind.FLOAT, 0.25),),
        python="qnn.op.leaky_relu",
    ),
    pattern=Pattern.ELEMENTWISE,
    draw=lambda d: quantization_draw.unary(LeakyRelu(d.one_of(0.25, 0.1, 0.5)), d),
    undefined=quantization.by_target(_expand),
)
