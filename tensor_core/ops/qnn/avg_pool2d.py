"""qnn.avg_pool2d: rescaled to the result's scale in int32, then averaged with truncating division."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import pooling, pooling_draw, quantization, quantization_draw
from tensor_core.ops.card import Input, OpCard, Pattern, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.pool.pool import CARDS as POOLS
from tensor_core.ops.pooling import Pool
from tensor_core.types import Type

_INPUTS = ("data", "input_scale", "input_zero_point", "output_scale", "output_zero_point")


def _infer(params: Pool, *types: Type) -> Type:
    data = quantization.one_of(types[0], 0, ("int8", "uint8"))
    for argument, dtype in enumerate(("float32", "int32", "float32", "int32"), 1):
        quantization.scalar(types[argument], argument, dtype)
    return pooling.infer(params, data)


def _expand(params: Pool, f: Fragment[Any], data: Any, *scales: Any) -> Any:
    moved = quantization.requantize_or_widen(f, data, (scales[0], scales[1]), (scales[2], scales[3]))
    pooled = f.call("nn.avg_pool2d", moved, **{item.name: getattr(params, item.name) for item in fields(Pool)})
    return quantization.saturate(f, pooled, f.tensor_type(data).dtype)


_pooled = pooling_draw.pool(2, True, "int8", "uint8")


def _draw(d: Draw) -> Drawn:
    plain = _pooled(d)
    return quantization_draw.call(plain.params, plain.types, (*quantization_draw.pair(d), *quantization_draw.pair(d)))


_found = next(card.relay for card in POOLS if card.name == "nn.avg_pool2d")
assert _found is not None
_PLAIN: RelaySpelling = _found

CARD = OpCard(
    name="qnn.avg_pool2d",
    inputs=tuple(map(Input, _INPUTS)),
    params=Pool,
    infer=_infer,
    expand=_expand,
    relay=RelaySpelling(
        name="qnn.avg_pool2d",
        attrs_type=_PLAIN.attrs_type,
        fields=_PLAIN.fields,
        read=_PLAIN.read,
        write=_PLAIN.write,
        python="qnn.op.avg_pool2d",
    ),
    pattern=Pattern.OUT_FUSABLE,
    draw=_draw,
    undefined=quantization.by_target(_expand),
)
