"""median: the middle element in ascending order, the lower of two; along one axis also where it stands.

Over all elements there is no position (TVM 0.25 to 0.27); of equal elements it is the first that sorting stably meets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Operand, Pattern, RelaxSpelling, Value
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
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
    return value if params.axis is None or not params.axis else TupleType((value, TensorType(shape, "int64")))


def _reference(params: Median, x: Array) -> Array | tuple[Array, Array]:
    if params.axis is not None and len(params.axis) > 1:
        raise ValueError("the median along several axes is not computed")
    if not params.axis:
        flat = np.sort(x.reshape(-1), kind="stable")
        return flat[(x.size - 1) // 2].reshape((1,) * x.ndim if params.keepdims else ())
    axis = rules.axis(params.axis[0], x.ndim)
    order = np.argsort(x, axis, kind="stable")
    place = np.take(order, [(x.shape[axis] - 1) // 2], axis)
    value = np.take_along_axis(x, place, axis)
    if not params.keepdims:
        value, place = np.squeeze(value, axis), np.squeeze(place, axis)
    return value, place.astype(np.int64)


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    axis = attrs["axis"]
    return {"axis": None if axis is None else rules.many(axis), "keepdims": attrs["keepdims"]}


CARD = OpCard(
    name="median",
    inputs=(Input("data"),),
    params=Median,
    infer=_infer,
    reference=_reference,
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
)
