"""strided_set: the data with every stride-th element from begin up to but excluding end replaced by those of ``v``.

Begin, end and strides are vectors of int32; a dimension they do not reach is replaced whole, a negative position counts
from the end. Positions along a dimension are those of TVM 0.19 (topi.utils.within_index and make_idx), also where they
are out of range.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, sequence, store
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Input, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType, Type


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


def _expand(_params: NoParams, f: Fragment[Any], data: Any, v: Any, *vectors: Any) -> Any:
    """A choice between the data and ``v``, whose elements are put where they belong, by the places replaced."""
    known = [item for item in map(f.known, vectors) if item is not None]
    source, given = f.tensor_type(data), f.tensor_type(v)
    if len(known) < len(vectors) or not shapes.is_static((*source.shape, *given.shape)):
        raise Reject("bounds or extents are not known")
    masks: list[Any] = []
    for n, extent in enumerate(shapes.static(source.shape)):
        places, sources = _selected(extent, *_bounds(n, extent, *known))
        if not places.size:
            return data
        if not 0 <= sources.min() <= sources.max() < shapes.static(given.shape)[n]:
            raise Reject("there is no value for some place")
        whole = np.array_equal(places, np.arange(extent))
        if not whole:
            chosen = np.isin(np.arange(extent), places)
            masks.append(f.constant(chosen.reshape(-1, *[1] * (source.rank - n - 1)), "bool"))
        if not whole or not np.array_equal(sources, places):
            index = np.zeros(extent, np.int64)
            index[places] = sources
            v = f.call("take", v, f.constant(index, "int64"), axis=n, out_of_range="undefined")
    if not masks:
        return v
    return f.call("where", reduce(lambda a, b: f.call("logical_and", a, b), masks), v, data)


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.EVERY)
    kept = list(shape)
    bounds: list[tuple[int, int, int]] = []
    for n in range(d.integer(0, len(shape))):
        stride = d.one_of(1, 2, -1, -2, 3)
        low, high = sorted((d.integer(0, shape[n] - 1), d.integer(0, shape[n] - 1)))
        begin, end = (low, high + 1) if stride > 0 else (high, low)
        kept[n] = -(-abs(end - begin) // abs(stride))
        bounds.append((d.signed(begin, shape[n]), end, stride))
    columns = np.asarray(bounds, np.int32).reshape(-1, 3).T
    types = (TensorType(shape, dtype), TensorType(tuple(kept), dtype), *(TensorType((len(bounds),), "int32"),) * 3)
    return Drawn(NoParams(), types, values=dict(enumerate(map(np.ascontiguousarray, columns), 2)))


def _lower(
    _params: NoParams, b: LoopBuilder, x: Tensor, v: Tensor, begin: Tensor, end: Tensor, strides: Tensor
) -> Tensor:
    given = [rules.known_length(TensorType(t.shape, t.dtype), n) for n, t in ((2, begin), (3, end), (4, strides))]
    # Per dimension: the first position, the one behind the last, the stride, and where the first value stands.
    bounds = b.scratch((x.rank, 4), "int64", "bounds")

    def bound(n: int) -> list[PrimExpr]:
        extent = as_expr(x.shape[n])
        stride = strides[n].astype("int64") if n < given[2] else as_expr(1)
        whole = as_expr(0), extent, extent + 1, as_expr(-1) - extent
        first = begin[n].astype("int64") if n < given[0] else prim.select(stride > 0, whole[0], whole[1])
        last = end[n].astype("int64") if n < given[1] else prim.select(stride > 0, whole[2], whole[3])
        first = first + prim.select(first < 0, extent, 0)
        last = last + prim.select(last < 0, extent, 0)
        start = prim.select(extent < first, extent - 1, first)
        return [first, last, stride, start]

    for n in range(x.rank):
        b.emit(sequence(*(store(bounds, (n, k), value) for k, value in enumerate(bound(n)))))

    def element(*i: PrimExpr) -> PrimExpr:
        chosen: list[PrimExpr] = []
        source: list[PrimExpr] = []
        for n, place in enumerate(i):
            first, last, stride, start = (bounds[n, k] for k in range(4))
            step = prim.select(stride < 0, as_expr(0) - stride, stride)
            up = [place >= first, place < last, ((place - first) % step).equal(0)]
            down = [place > last, place <= first, ((place - last + last % step + 1) % step).equal(0)]
            is_down = stride < 0
            chosen.append(prim.select(is_down, prim.all_of(down), prim.all_of(up)))
            source.append(prim.select(is_down, start - place, place - start) // step)
        return prim.if_then_else(prim.all_of(chosen), v[tuple(source)], x[i])

    return b.compute(x.shape, element, x.dtype, name="T_strided_set")


CARD = OpCard(
    name="strided_set",
    inputs=(Input("data"), Input("v"), Input("begin"), Input("end"), Input("strides")),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(name="strided_set"),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
)
