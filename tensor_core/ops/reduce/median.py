"""median: the middle element in ascending order, the lower of two; along one axis also where it stands.

Over all elements there is no position (TVM 0.25 to 0.27); of equal elements it is the first that sorting stably meets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, sequence, store
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, orders, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Operand, Pattern, Reject, RelaxSpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.indexing import unflatten
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Shape, as_expr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Median:
    """``axis``: None for all elements."""

    axis: tuple[int, ...] | None
    keepdims: bool


def _infer(params: Median, data: Type) -> Type:
    source = rules.tensor(data, 0)
    axes = range(source.rank) if params.axis is None else rules.axes(params.axis, source.rank)
    shape: Shape = tuple(
        1 if n in axes else dim for n, dim in enumerate(source.shape) if params.keepdims or n not in axes
    )
    value = TensorType(shape, source.dtype)
    one = params.axis is not None and len(params.axis) == 1
    return TupleType((value, TensorType(shape, "int64"))) if one else value


def _reference(params: Median, x: Array) -> Array | tuple[Array, Array]:
    if params.axis is not None and len(params.axis) != 1:
        raise ValueError("the median along several axes, or along none, is not computed")
    if params.axis is None:
        flat = x.reshape(-1)
        middle = orders.order(flat, 0, True)[(x.size - 1) // 2]
        return flat[middle].reshape((1,) * x.ndim if params.keepdims else ())
    axis = rules.axis(params.axis[0], x.ndim)
    order = orders.order(x, axis, True)
    place = np.take(order, [(x.shape[axis] - 1) // 2], axis)
    value = np.take_along_axis(x, place, axis)
    if not params.keepdims:
        value, place = np.squeeze(value, axis), np.squeeze(place, axis)
    return value, place.astype(np.int64)


def _middle(order: Tensor) -> PrimExpr:
    return order[(as_expr(order.shape[0]) - 1) // 2]


def _lower(params: Median, b: LoopBuilder, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
    if params.axis is not None and len(params.axis) != 1:
        raise Reject("the median along several axes, or along none, is not computed")
    if params.axis is None:
        flat = b.compute((shapes.product(x.shape),), lambda *i: x[unflatten(i[0], x.shape)], name="flat")
        value = b.scratch((1,) * x.rank if params.keepdims else (), x.dtype, "T_median")
        at = (0,) * value.rank
        orders.each_row(b, flat, 0, True, lambda _, __, order: store(value, at, flat[_middle(order)]))
        return value
    axis = rules.axis(params.axis[0], x.rank)
    shape = (*x.shape[:axis], *[1] * params.keepdims, *x.shape[axis + 1 :])
    value, place = b.scratch(shape, x.dtype, "T_median"), b.scratch(shape, "int64", "T_median_indices")

    def row(before: tuple[Var, ...], behind: tuple[Var, ...], order: Tensor) -> Stmt:
        middle = _middle(order)
        at = (*before, *[0] * params.keepdims, *behind)
        return sequence(store(value, at, x[(*before, middle, *behind)]), store(place, at, middle))

    orders.each_row(b, x, axis, True, row)
    return value, place


def _undefined(params: Median, x: Array) -> Array:
    if params.axis is None:
        return orders.undefined(x.reshape(-1), 0).reshape(())
    found = orders.undefined(x, params.axis[0])
    return found if params.keepdims else np.squeeze(found, params.axis[0])


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    axis = attrs["axis"]
    return {"axis": None if axis is None else rules.many(axis), "keepdims": attrs["keepdims"]}


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(), d.one_of(*draw.NUMBERS))
    axis = (d.axis(source.rank),) if source.rank and d.flag() else None
    return Drawn(Median(axis, d.flag()), (source,))


CARD = OpCard(
    name="median",
    inputs=(Input("data"),),
    params=Median,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    undefined=_undefined,
    relax=(
        RelaxSpelling(
            name="relax.median",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.StatisticalAttrs",
            fields=(Field("axis", Kind.INTS, None, optional=True), Field("keepdims", Kind.BOOL, False)),
            since="0.25",
            read=_read,
        ),
    ),
    pattern=Pattern.OPAQUE,
    draw=_draw,
)
