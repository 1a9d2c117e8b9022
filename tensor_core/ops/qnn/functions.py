"""qnn.tanh, qnn.exp and the other functions of one quantized element: dequantized, computed in float32, quantized.

qnn.leaky_relu and qnn.softmax stay in integers and have files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw
from tensor_core.ops.card import Input, NoParams, OpCard, Pattern, RelaySpelling
from tensor_core.types import Type

SCALES = ("scale", "zero_point", "output_scale", "output_zero_point")


def infer(params: Any, *types: Type) -> Type:
    """The data's type: int8 or uint8 with scalar scales and zero points."""
    del params
    source = quantization.one_of(types[0], 0, ("int8", "uint8"))
    for argument, dtype in enumerate(("float32", "int32", "float32", "int32"), 1):
        quantization.scalar(types[argument], argument, dtype)
    return source


def _hardswish(f: Fragment[Any], x: Any) -> Any:
    gate = f.call("clip", f.call("add", x, f.constant(3, "float32")), a_min=0.0, a_max=6.0)
    return f.call("divide", f.call("multiply", x, gate), f.constant(6, "float32"))


def _card(name: str, function: Callable[[Fragment[Any], Any], Any] | None = None) -> OpCard[NoParams]:
    def expand(params: NoParams, f: Fragment[Any], data: Any, *scales: Any) -> Any:
        del params
        x = f.call("qnn.dequantize", data, scales[0], scales[1], out_dtype="float32")
        y = function(f, x) if function else f.call(name, x)
        return f.call("qnn.quantize", y, scales[2], scales[3], out_dtype=f.tensor_type(data).dtype)

    return OpCard(
        name=f"qnn.{name}",
        inputs=(Input("x"), *map(Input, SCALES)),
        params=NoParams,
        infer=infer,
        expand=expand,
        relay=RelaySpelling(name=f"qnn.{name}", python=f"qnn.op.{name}"),
        pattern=Pattern.ELEMENTWISE,
        draw=lambda d: quantization_draw.unary(NoParams(), d),
    )


CARDS = (
    *map(_card, ("abs", "erf", "exp", "log", "rsqrt", "sigmoid", "sqrt", "tanh")),
    _card("hardswish", _hardswish),
)
