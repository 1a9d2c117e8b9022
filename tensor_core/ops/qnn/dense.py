"""qnn.dense, qnn.batch_matmul and qnn.contrib_dense_pack: integer products of (data - zero point) by (weight - zero
point).

The result's scale is the product of the scales, which only the type rules look at. In contrib_dense_pack the weight is
stored in blocks; TVM 0.19 computes it on Hexagon only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import contraction, layout, quantization, quantization_draw, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.linear.dense import BATCH_MATMUL, DENSE, Product
from tensor_core.ops.quantization import is_scalar
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

_DENSE = ("data", "weight", "input_zero_point", "kernel_zero_point", "input_scale", "kernel_scale")
_BATCH = ("x", "y", "x_zero_point", "y_zero_point", "x_scale", "y_scale")


@dataclass(frozen=True, slots=True)
class Packed:
    """``units``: the rows of the weight before it was packed. ``weight_layout``: how it was packed."""

    units: Dim | None
    out_dtype: str = ""
    weight_layout: str = "NC"


def _infer_dense(params: Product, *types: Type) -> Type:
    data = quantization.one_of(types[0], 0, ("int8", "uint8", "int16", "uint16"))
    weight = quantization.one_of(types[1], 1, ("int8", "uint8"))
    if params.out_dtype not in ("int32", "int64"):
        raise Reject(f"out_dtype must be int32 or int64, not {params.out_dtype or 'empty'}")
    quantization.scalar(types[2], 2, "int32")
    quantization.scalar(types[4], 4, "float32")
    quantization.per_axis(types[5], 5, "float32", params.units)
    return DENSE.infer(params, data, weight)


def _infer_batch(params: Product, *types: Type) -> Type:
    for argument in (0, 1):
        quantization.one_of(types[argument], argument, ("int8", "uint8"))
    if params.out_dtype != "int32":
        raise Reject(f"out_dtype must be int32, not {params.out_dtype or 'empty'}")
    for argument, dtype in enumerate(("int32", "int32", "float32", "float32"), 2):
        quantization.scalar(types[argument], argument, dtype)
    return BATCH_MATMUL.infer(params, *types[:2])


def _infer_packed(params: Packed, *types: Type) -> Type:
    data, weight = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    if data.rank != 2 or weight.rank != 4:
        raise Reject(f"expected data of 2 and a weight of 4 dimensions, got {data.rank} and {weight.rank}")
    if not params.out_dtype:
        raise Reject("out_dtype must be given")
    return TensorType((data.shape[0], shapes.multiply(weight.shape[0], weight.shape[2])), params.out_dtype)


def _expander(name: str) -> Callable[..., Any]:
    def expand(params: Product, f: Fragment[Any], left: Any, right: Any, *rest: Any) -> Any:
        operands = (_shifted(f, value, zero, params) for value, zero in ((left, rest[0]), (right, rest[1])))
        flags = {"transpose_a": params.transpose_a, "transpose_b": params.transpose_b}
        return f.call(name, *operands, **flags, out_dtype=params.out_dtype, units=params.units)

    return expand


def _expand_packed(params: Packed, f: Fragment[Any], data: Any, weight: Any, *rest: Any) -> Any:
    weight = layout.unpack(f, weight, params.weight_layout, "NC")
    left, right = _shifted(f, data, rest[0], params), _shifted(f, weight, rest[1], params)
    return f.call("nn.dense", left, right, transpose_b=True, out_dtype=params.out_dtype)


def _shifted(f: Fragment[Any], value: Any, zero_point: Any, params: Product | Packed) -> Any:
    wide = f.call("cast", value, dtype=params.out_dtype)
    if is_scalar(f, zero_point, 0):
        return wide
    zero = f.call("cast", zero_point, dtype=params.out_dtype)
    if f.tensor_type(zero_point).rank:
        # A zero point for each row of the weight.
        zero = quantization.along(f, zero, 2, 0)
    return f.call("subtract", wide, zero)


def _draw_dense(d: Draw) -> Drawn:
    (rows, inner, columns), lead = d.extents(3), d.shape(0, 1, most=2)
    data = TensorType((*lead, rows, inner), d.one_of("int8", "uint8", "int16", "uint16"))
    weight = TensorType((columns, inner), d.one_of("int8", "uint8"))
    params = Product(False, True, d.one_of("int32", "int64"), d.some(lambda: columns))
    scale, zero_point = quantization_draw.pair(d, params.units and columns)
    own, data_zero_point = quantization_draw.pair(d)
    return quantization_draw.call(params, (data, weight), (data_zero_point, zero_point, own, scale))


def _draw_batch(d: Draw) -> Drawn:
    turned, (batch, rows, inner, columns) = (d.flag(), not d.flag()), d.extents(4, 1, 4)
    batches = d.one_of((batch, batch), (1, batch), (batch, 1))
    left = (inner, rows) if turned[0] else (rows, inner)
    right = (columns, inner) if turned[1] else (inner, columns)
    operands = [
        TensorType((n, *item), d.one_of("int8", "uint8")) for n, item in zip(batches, (left, right), strict=True)
    ]
    (first, first_zero), (second, second_zero) = quantization_draw.pair(d), quantization_draw.pair(d)
    return quantization_draw.call(Product(*turned, "int32"), operands, (first_zero, second_zero, first, second))


def _draw_packed(d: Draw) -> Drawn:
    (rows, inner, outer), (block, depth) = d.extents(3), d.extents(2, 1, 4)
    params = Packed(d.some(lambda: outer * block), d.one_of("int32", "int64"), f"NC{block}n{depth}c")
    operands = (TensorType((rows, inner * depth), "uint8"), TensorType((outer, inner, block, depth), "int8"))
    (first, first_zero), (second, second_zero) = quantization_draw.pair(d), quantization_draw.pair(d)
    return quantization_draw.call(params, operands, (first_zero, second_zero, first, second))


def _card(
    plain: OpCard[Product], inputs: Sequence[str], infer: Callable[..., Type], draw: Callable[[Draw], Drawn]
) -> OpCard[Product]:
    known = plain.relay
    assert known is not None
    name = plain.name.replace("nn.", "qnn.")
    return OpCard(
        name=name,
        inputs=tuple(map(Input, inputs)),
        params=Product,
        infer=infer,
        expand=_expander(plain.name),
        relay=RelaySpelling(
            name=name,
            attrs_type=known.attrs_type,
            fields=known.fields,
            read=known.read,
            write=known.write,
            python=f"qnn.op.{name.removeprefix('qnn.')}",
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=draw,
    )


CARDS = (
    _card(DENSE, _DENSE, _infer_dense, _draw_dense),
    _card(BATCH_MATMUL, _BATCH, _infer_batch, _draw_batch),
    OpCard(
        name="qnn.contrib_dense_pack",
        inputs=tuple(map(Input, _DENSE)),
        params=Packed,
        infer=_infer_packed,
        expand=_expand_packed,
        relay=RelaySpelling(
            name="qnn.contrib_dense_pack",
            attrs_type="relay.attrs.DensePackAttrs",
            fields=(
                Field("units", Kind.INT, optional=True),
                contraction.RELAY_FIELD,
                Field("weight_layout", Kind.STR, "NC"),
            ),
            python="qnn.op.contrib_dense_pack",
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_packed,
    ),
)
