"""gather and gather_nd: elements selected by a tensor of positions along one axis, or of coordinates.

Neither knows negative positions: what a position out of range gives is not defined in TVM 0.19, which reads outside the
data; here it is the nearest element. Coordinates stand along the first dimension of the indices in Relay, along the
last in Relax: ``coordinates_last`` says where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import index_domain, outside
from tensor_core.ops.rules import Array
from tensor_core.ops.scattering import turned_around
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Gather:
    """``axis``: the dimension that the indices select along."""

    axis: int | None


@dataclass(frozen=True, slots=True)
class GatherNd:
    """The first ``batch_dims`` dimensions of the data belong to the positions themselves.

    ``index_rank`` repeats the number of coordinates where the type does not tell it.
    """

    batch_dims: int = 0
    index_rank: int | None = None
    coordinates_last: bool = False


def _axis(params: Gather, rank: int) -> int:
    if params.axis is None:
        raise Reject("gather needs an axis")
    return rules.axis(params.axis, rank)


def _infer(params: Gather, data: Type, indices: Type) -> Type:
    source, places = rules.tensor(data, 0), rules.tensor(indices, 1)
    if not dtypes.is_signed_int(places.dtype):
        raise Reject(f"indices must be signed integers, got {places.dtype}", 1)
    if source.rank != places.rank:
        raise Reject(f"the indices have {places.rank} dimensions, the data {source.rank}", 1)
    axis = _axis(params, source.rank)
    for n, (own, other) in enumerate(zip(source.shape, places.shape, strict=True)):
        if n == axis and other == 0:
            raise Reject("there must be at least one index", 1)
        if n != axis and shapes.prove_different(own, other):
            raise Reject(f"dimension {n} differs: {rules.show(source.shape)} and {rules.show(places.shape)}", 1)
    return TensorType(places.shape, source.dtype)


def _reference(params: Gather, x: Array, indices: Array) -> Array:
    axis = _axis(params, x.ndim)
    return np.take_along_axis(x, np.clip(indices.astype(np.int64), 0, x.shape[axis] - 1), axis)


def _lower(params: Gather, b: LoopBuilder, x: Tensor, indices: Tensor) -> Tensor:
    axis = _axis(params, x.rank)

    def element(*i: PrimExpr) -> PrimExpr:
        return x[(*i[:axis], _clamped(indices[i], x.shape[axis]), *i[axis + 1 :])]

    return b.compute(indices.shape, element, name="T_gather")


def _clamped(index: PrimExpr, extent: Dim) -> PrimExpr:
    return prim.Max(prim.Min(index.astype("int64"), shapes.as_expr(extent) - 1), prim.const(0, "int64"))


def _apart(params: GatherNd, indices: Shape) -> tuple[Shape, Dim | None]:
    """The dimensions of the positions, and how many coordinates each has."""
    if params.coordinates_last:
        return indices[:-1], indices[-1] if indices else None
    return indices[1:], indices[0] if indices else None


def _count(params: GatherNd, indices: Shape, rank: int) -> int:
    """How many coordinates a position has."""
    count = _apart(params, indices)[1]
    if not isinstance(count, int):
        raise Reject(f"the number of coordinates must be known: {rules.show(indices)}", 1)
    if count + params.batch_dims * params.coordinates_last > rank:
        raise Reject(f"{count} coordinates are given for {rank} dimensions", 1)
    return count


def _infer_nd(params: GatherNd, data: Type, indices: Type) -> Type:
    source, places = rules.tensor(data, 0), rules.tensor(indices, 1)
    count = _count(params, places.shape, source.rank)
    outer, _ = _apart(params, places.shape)
    if params.batch_dims < 0 or params.batch_dims > len(outer) or params.batch_dims > source.rank:
        raise Reject(f"there are no {params.batch_dims} dimensions in common")
    for n in range(params.batch_dims):
        if shapes.prove_different(source.shape[n], outer[n]):
            raise Reject(f"dimension {n} differs: {rules.show(source.shape)} and {rules.show(places.shape)}", 1)
    return TensorType((*outer, *source.shape[count + params.batch_dims :]), source.dtype)


def _reference_nd(params: GatherNd, x: Array, indices: Array) -> Array:
    indices = np.moveaxis(indices, -1, 0) if params.coordinates_last else indices
    batch, outer = params.batch_dims, indices.shape[1:]
    places = rules.places(outer)[:batch]
    for n, coordinate in enumerate(indices):
        places.append(np.clip(coordinate.astype(np.int64), 0, x.shape[batch + n] - 1))
    return x[tuple(places)]


def _lower_nd(params: GatherNd, b: LoopBuilder, x: Tensor, indices: Tensor) -> Tensor:
    outer, batch = indices.rank - 1, params.batch_dims
    count = _count(params, indices.shape, x.rank)

    def element(*i: PrimExpr) -> PrimExpr:
        own = i[:outer]
        spots = ((*own, as_expr(n)) if params.coordinates_last else (as_expr(n), *own) for n in range(count))
        place = [_clamped(indices[spot], x.shape[batch + n]) for n, spot in enumerate(spots)]
        return x[(*i[:batch], *place, *i[outer:])]

    shape: Sequence[Dim] = (*_apart(params, indices.shape)[0], *x.shape[count + batch :])
    return b.compute(shape, element, name="T_gather_nd")


_INDEX = Domain(0.0, 1.0)


def _gradient_nd(params: GatherNd, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    if params.batch_dims:
        raise Reject("it handles no batch dimensions")
    data, indices = args
    adjoint = data.zeros().call("scatter_nd", indices, g, mode="add", coordinates_last=params.coordinates_last)
    return [adjoint, None]


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"batch_dims": attrs["batch_dims"], "index_rank": attrs["index_rank"]}


def _write_relay(params: GatherNd, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.coordinates_last:
        raise Reject("Relay takes coordinates along the first dimension of the indices")
    return {"batch_dims": params.batch_dims, "index_rank": params.index_rank}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if rules.tensor(types[1], 1).dtype not in ("", "int64"):
        raise Reject("the indices must be of type int64", 1)
    return {"batch_dims": attrs["batch_dims"], "coordinates_last": True}


def _write_relax(params: GatherNd, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"batch_dims": params.batch_dims}


def _fits_relax(params: GatherNd, types: Sequence[Type], release: str) -> str | None:
    indices = rules.tensor(types[1], 1)
    if (params.coordinates_last or indices.rank == 1) and indices.dtype == "int64":
        return None
    return f"Relax {release} takes int64 coordinates along the last dimension of the indices"


def _expand_nd(params: GatherNd, f: Fragment[Any], data: Any, indices: Any) -> Any:
    """The same with the coordinates along the other end."""
    last = params.coordinates_last
    turned = turned_around(f, indices, last)
    return f.call("gather_nd", data, turned, batch_dims=params.batch_dims, coordinates_last=not last)


def _draw(d: Draw) -> Drawn:
    shape = d.shape(1)
    axis = d.axis(len(shape))
    places = list(shape)
    places[axis] = d.integer(1, 4)
    types = (TensorType(shape, d.one_of(*draw.EVERY)), TensorType(tuple(places), d.one_of("int64", "int32")))
    return Drawn(Gather(axis), types, {1: index_domain(d, shape[axis])})


def _undefined(params: Gather, x: Array, indices: Array) -> Array:
    return outside(indices, x.shape[_axis(params, x.ndim)])


def _draw_nd(d: Draw) -> Drawn:
    shape = d.shape(1)
    count = d.integer(1, len(shape))
    batch = d.integer(0, len(shape) - count)
    outer, last = (*shape[:batch], *d.shape(0, 2, most=3)), d.flag()
    places = TensorType((*outer, count) if last else (count, *outer), d.one_of("int64", "int32"))
    params = GatherNd(batch, d.some(lambda: count), last)
    extent = min(shape[batch : batch + count])
    return Drawn(params, (TensorType(shape, d.one_of(*draw.EVERY)), places), {1: index_domain(d, extent)})


def _undefined_nd(params: GatherNd, x: Array, indices: Array) -> Array:
    rows = np.moveaxis(indices, -1, 0) if params.coordinates_last else indices
    wrong = np.any([outside(row, x.shape[params.batch_dims + n]) for n, row in enumerate(rows)], axis=0)
    return np.expand_dims(wrong, tuple(range(wrong.ndim, wrong.ndim + x.ndim - params.batch_dims - len(rows))))


CARDS = (
    OpCard(
        name="gather",
        inputs=(Input("data"), Input("indices", _INDEX)),
        params=Gather,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        relay=RelaySpelling(
            name="gather",
            attrs_type="relay.attrs.GatherAttrs",
            fields=(Field("axis", Kind.INT, None, optional=True),),
        ),
        relax=(
            RelaxSpelling(
                name="relax.gather_elements",
                operands=(Operand("data"), Operand("indices")),
                attrs_type="relax.attrs.GatherElementsAttrs",
                fields=(Field("axis", Kind.INT, 0),),
            ),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw,
        undefined=_undefined,
    ),
    OpCard(
        name="gather_nd",
        inputs=(Input("data"), Input("indices", _INDEX)),
        params=GatherNd,
        infer=_infer_nd,
        reference=_reference_nd,
        lower=_lower_nd,
        expand=_expand_nd,
        gradient=derivatives(_gradient_nd),
        relay=RelaySpelling(
            name="gather_nd",
            attrs_type="relay.attrs.GatherNDAttrs",
            fields=(Field("batch_dims", Kind.INT, 0), Field("index_rank", Kind.INT, None, optional=True)),
            read=_read_relay,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name="relax.gather_nd",
                operands=(Operand("data"), Operand("indices")),
                attrs_type="relax.attrs.GatherNDAttrs",
                fields=(Field("batch_dims", Kind.INT, 0),),
                read=_read_relax,
                write=_write_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_nd,
        undefined=_undefined_nd,
    ),
)
