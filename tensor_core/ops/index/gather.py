"""gather and gather_nd: elements selected by a tensor of positions along one axis, or of coordinates.

Neither knows negative positions: what a position out of range gives is not defined in TVM 0.19, which reads outside the
data; here it is the nearest element. Coordinates stand along the first dimension of the indices, unlike in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
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


def _count(indices: TensorType, rank: int) -> int:
    """How many coordinates a position has."""
    count = indices.shape[0] if indices.rank else None
    if not isinstance(count, int):
        raise Reject(f"the first dimension of the indices must be known: {rules.show(indices.shape)}", 1)
    if count > rank:
        raise Reject(f"{count} coordinates are given for {rank} dimensions", 1)
    return count


def _infer_nd(params: GatherNd, data: Type, indices: Type) -> Type:
    source, places = rules.tensor(data, 0), rules.tensor(indices, 1)
    count = _count(places, source.rank)
    if params.batch_dims < 0 or params.batch_dims >= places.rank or params.batch_dims > source.rank:
        raise Reject(f"there are no {params.batch_dims} dimensions in common")
    for n in range(params.batch_dims):
        if shapes.prove_different(source.shape[n], places.shape[n + 1]):
            raise Reject(f"dimension {n} differs: {rules.show(source.shape)} and {rules.show(places.shape)}", 1)
    return TensorType((*places.shape[1:], *source.shape[count + params.batch_dims :]), source.dtype)


def _reference_nd(params: GatherNd, x: Array, indices: Array) -> Array:
    batch, outer = params.batch_dims, indices.shape[1:]
    places = rules.places(outer)[:batch]
    for n, coordinate in enumerate(indices):
        places.append(np.clip(coordinate.astype(np.int64), 0, x.shape[batch + n] - 1))
    return x[tuple(places)]


def _lower_nd(params: GatherNd, b: LoopBuilder, x: Tensor, indices: Tensor) -> Tensor:
    outer, batch = indices.rank - 1, params.batch_dims
    count = _count(TensorType(indices.shape, indices.dtype), x.rank)

    def element(*i: PrimExpr) -> PrimExpr:
        place = [_clamped(indices[(n, *i[:outer])], x.shape[batch + n]) for n in range(count)]
        return x[(*i[:batch], *place, *i[outer:])]

    shape: Sequence[Dim] = (*indices.shape[1:], *x.shape[count + batch :])
    return b.compute(shape, element, name="T_gather_nd")


_INDEX = Domain(0.0, 1.0)


def _gradient_nd(params: GatherNd, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    if params.batch_dims:
        raise Reject("it handles no batch dimensions")
    data, indices = args
    return [data.zeros().call("scatter_nd", indices, g, mode="add"), indices.zeros()]


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
    ),
    OpCard(
        name="gather_nd",
        inputs=(Input("data"), Input("indices", _INDEX)),
        params=GatherNd,
        infer=_infer_nd,
        reference=_reference_nd,
        lower=_lower_nd,
        gradient=derivatives(_gradient_nd),
        relay=RelaySpelling(
            name="gather_nd",
            attrs_type="relay.attrs.GatherNDAttrs",
            fields=(Field("batch_dims", Kind.INT, 0), Field("index_rank", Kind.INT, None, optional=True)),
        ),
        pattern=Pattern.INJECTIVE,
    ),
)
