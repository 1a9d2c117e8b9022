"""qnn.concatenate: each tensor rescaled to the result's scale, unless it has it already, then joined."""

from __future__ import annotations

from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import quantization, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.quantization import same_scalar
from tensor_core.ops.shape_moves.concatenate import CONCATENATE, Join
from tensor_core.types import TensorType, TupleType, Type


def _infer(params: Join, *types: Type) -> Type:
    for argument, dtype in ((1, "float32"), (2, "int32")):
        given = types[argument]
        if not isinstance(given, TupleType):
            raise Reject(f"expected a tuple of scalars, got {given}", argument)
        for item in given.fields:
            quantization.scalar(item, argument, dtype)
    quantization.scalar(types[3], 3, "float32")
    quantization.scalar(types[4], 4, "int32")
    return CONCATENATE.infer(params, types[0])


def _expand(params: Join, f: Fragment[Any], data: Any, *scales: Any) -> Any:
    tensors = rules.tensors(f.type_of(data), 0)
    target = (scales[2], scales[3])
    if any(len(_fields(f.type_of(scales[n]))) < len(tensors) for n in (0, 1)):
        raise Reject("there are fewer scales or zero points than tensors")
    moved: list[Any] = []
    for n, type_ in enumerate(tensors):
        value, source = f.item(data, n), (f.item(scales[0], n), f.item(scales[1], n))
        if not all(map(lambda a, b: same_scalar(f, a, b), source, target)):
            value = quantization.requantize(f, value, source, target, type_.dtype)
        moved.append(value)
    return f.call("concatenate", f.tuple(*moved), axis=params.axis)


def _fields(type_: Type) -> tuple[Type, ...]:
    return type_.fields if isinstance(type_, TupleType) else ()


def _draw(d: Draw) -> Drawn:
    shape, dtype, count = d.shape(1), d.one_of("int8", "uint8", "int32"), d.integer(1, 3)
    axis = d.axis(len(shape))
    place = rules.axis(axis, len(shape))
    parts = TupleType(
        tuple(TensorType((*shape[:place], d.integer(1, 3), *shape[place + 1 :]), dtype) for _ in range(count))
    )
    scales = tuple(quantization_draw.scale(d) for _ in range(count))
    zero_points = tuple(quantization_draw.zero_point(d) for _ in range(count))
    return quantization_draw.call(Join(axis), (parts,), (scales, zero_points, *quantization_draw.pair(d)))


CARD = OpCard(
    name="qnn.concatenate",
    inputs=(
        Input("data", variadic=True),
        Input("input_scales", variadic=True),
        Input("input_zero_points", variadic=True),
        Input("output_scale"),
        Input("output_zero_point"),
    ),
    params=Join,
    infer=_infer,
    expand=_expand,
    relay=RelaySpelling(
        name="qnn.concatenate",
        attrs_type="relay.attrs.ConcatenateAttrs",
        fields=(Field("axis", Kind.INT, 0),),
        python="qnn.op.concatenate",
    ),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
    undefined=quantization.by_target(_expand),
)
