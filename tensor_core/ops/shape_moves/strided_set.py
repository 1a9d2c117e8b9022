"""strided_set: the data with every stride-th element from begin up to but excluding end replaced by those of ``v``.

Begin, end and strides are vectors of int32; a dimension they do not reach is replaced whole, a negative position counts
from the end. Positions along a dimension are those of TVM 0.19 (topi.utils.within_index and make_idx), also where they
are out of range.
"""

from __future__ import annotations

import numpy as np

from tensor_core.ops import rules
from tensor_core.ops.card import Input, NoParams, OpCard, Pattern, RelaySpelling
from tensor_core.ops.rules import Array
from tensor_core.types import Type


def _infer(_params: NoParams, data: Type, *rest: Type) -> Type:
    for argument, type_ in enumerate(rest, 1):
        rules.tensor(type_, argument)
    return rules.tensor(data, 0)


def _bounds(n: int, extent: int, begin: Array, end: Array, strides: Array) -> tuple[int, int, int]:
    stride = int(strides[n]) if n < len(strides) else 1
    first = int(begin[n]) if n < len(begin) else (0 if stride > 0 else extent)
    last = int(end[n]) if n < len(end) else (extent + 1 if stride > 0 else -(extent + 1))
    return first + extent * (first < 0), last + extent * (last < 0), stride


def _selected(extent: int, first: int, last: int, stride: int) -> tuple[Array, Array]:
    """The positions replaced along one dimension, and where their values stand in ``v``."""
    places: Array = np.arange(extent)
    start = extent - 1 if extent < first else first
    if stride < 0:
        step = -stride
        inside = (places > last) & (places <= first) & ((places - last + last % step + 1) % step == 0)
        return places[inside], (start - places[inside]) // step
    inside = (places >= first) & (places < last) & ((places - first) % stride == 0)
    return places[inside], (places[inside] - start) // stride


def _reference(_params: NoParams, x: Array, v: Array, begin: Array, end: Array, strides: Array) -> Array:
    bounds = (_bounds(n, extent, begin, end, strides) for n, extent in enumerate(x.shape))
    chosen = [_selected(extent, *bound) for extent, bound in zip(x.shape, bounds, strict=True)]
    result = x.copy()
    result[np.ix_(*(places for places, _ in chosen))] = v[np.ix_(*(sources for _, sources in chosen))]
    return result


CARD = OpCard(
    name="strided_set",
    inputs=(Input("data"), Input("v"), Input("begin"), Input("end"), Input("strides")),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    relay=RelaySpelling(name="strided_set"),
    pattern=Pattern.INJECTIVE,
)
