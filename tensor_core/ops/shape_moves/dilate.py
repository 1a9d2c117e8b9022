"""nn.dilate: elements moved apart, a value between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules, windows
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Dilate:
    """``strides``: how far apart neighbours come to lie, for each dimension."""

    strides: tuple[int, ...]
    dilation_value: float = 0.0


def _infer(params: Dilate, x: Type) -> Type:
    source = rules.tensor(x, 0)
    if len(params.strides) != source.rank:
        raise Reject(f"{len(params.strides)} strides given for {source.rank} dimensions")
    return TensorType(tuple(map(windows.dilated, source.shape, params.strides)), source.dtype)


def _reference(params: Dilate, x: Array) -> Array:
    shape = [(int(size) - 1) * stride + 1 for size, stride in zip(x.shape, params.strides, strict=True)]
    result: Array = np.full(shape, params.dilation_value).astype(x.dtype)
    result[tuple(slice(None, None, stride) for stride in params.strides)] = x
    return result


def _lower(params: Dilate, b: LoopBuilder, x: Tensor) -> Tensor:
    around = [(0, 0)] * x.rank
    return windows.pad_stage(b, x, range(x.rank), around, params.dilation_value, params.strides)


def _expand(params: Dilate, f: Fragment[Any], x: Any) -> Any:
    """Along each dimension: every element with those behind it as a row, and the last row cut."""
    value = params.dilation_value
    dtype = f.tensor_type(x).dtype
    if not dtypes.is_float(dtype) and value != int(value):
        raise Reject("the value between elements is no integer")
    for axis, stride in enumerate(params.strides):
        own = f.tensor_type(x).shape
        if stride == 1 or own[axis] == 1:
            continue
        before, behind = own[: axis + 1], own[axis + 1 :]
        x = f.call("reshape", x, shape=(*before, 1, *behind))
        around = tuple((0, stride - 1) if n == axis + 1 else (0, 0) for n in range(len(own) + 1))
        x = f.call("nn.pad", x, pad_width=around, pad_value=float(value))
        whole = shapes.multiply(own[axis], stride)
        x = f.call("reshape", x, shape=(*own[:axis], whole, *behind))
        end = shapes.subtract(whole, stride - 1)
        x = f.call("strided_slice", x, axes=(axis,), begin=(0,), end=(end,), strides=(1,))
    return x


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    value = draw.padding_value(d, source.dtype)
    return Drawn(Dilate(d.extents(source.rank, most=3), value), (source,))


CARD = OpCard(
    name="nn.dilate",
    inputs=(Input("x"),),
    params=Dilate,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.dilate",
        attrs_type="relay.attrs.DilateAttrs",
        declared=False,
        fields=(Field("strides", Kind.INTS, (1, 1)), Field("dilation_value", Kind.FLOAT, 0.0)),
    ),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
)
