"""index_tensor and index_put: elements read, or written, where tensors of positions that broadcast together point.

index_tensor takes no negative positions; what one out of range gives is not defined in TVM 0.27, here it is the nearest
element. index_put counts negative positions from the end, needs positions for every dimension to be computed, and of
several values for one element the last one wins, or all are added; one out of range is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, nest, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Law,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    Rounding,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.index import positions
from tensor_core.ops.indexing import broadcast_index, flat_index, index_domain, unflatten
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class IndexPut:
    """``accumulate``: values are added to the elements instead of taking their place."""

    accumulate: bool = False


def _positions(data: TensorType, indices: Type) -> tuple[Shape, int]:
    """The shape that the positions broadcast to, and how many dimensions they index."""
    own = rules.tensors(indices, 1) if isinstance(indices, TupleType) else (rules.tensor(indices, 1),)
    if len(own) > data.rank:
        raise Reject(f"{len(own)} tensors of positions are given for {data.rank} dimensions", 1)
    shape = rules.integers(own[0], 1).shape
    for item in own[1:]:
        shape = rules.broadcast_shape(shape, rules.integers(item, 1).shape, 1)
    return shape, len(own)


def _infer_tensor(_params: NoParams, data: Type, indices: Type) -> Type:
    source = rules.tensor(data, 0)
    shape, count = _positions(source, indices)
    return TensorType((*shape, *source.shape[count:]), source.dtype)


def _index_tensor(_params: NoParams, x: Array, indices: tuple[Array, ...]) -> Array:
    inside = (np.clip(place.astype(np.int64), 0, extent - 1) for place, extent in zip(indices, x.shape, strict=False))
    return x[tuple(inside)]


def _expand_tensor(_params: NoParams, f: Fragment[Any], data: Any, indices: Any) -> Any:
    types = f.type_of(indices)
    assert isinstance(types, TupleType)
    return f.call("adv_index", f.tuple(data, *(f.item(indices, n) for n in range(len(types.fields)))))


def _infer_put(_params: IndexPut, data: Type, indices: Type, values: Type) -> Type:
    source = rules.tensor(data, 0)
    _, count = _positions(source, indices)
    if count != source.rank:
        raise Reject(f"{count} tensors of positions are given for {source.rank} dimensions", 1)
    given = rules.tensor(values, 2)
    if given.dtype != source.dtype:
        raise Reject(f"values of type {given.dtype} cannot be put into {source.dtype}", 2)
    return source


def _every(shape: Shape, count: int) -> None:
    if count != len(shape):
        raise Reject(f"positions are needed for each of {len(shape)} dimensions", 1)


def _put(params: IndexPut, x: Array, indices: tuple[Array, ...] | Array, values: Array) -> Array:
    places = indices if isinstance(indices, tuple) else (indices,)
    if len(places) != x.ndim:
        raise ValueError(f"{len(places)} tensors of positions for {x.ndim} dimensions")
    result = x.copy()
    spread = [item.reshape(-1).astype(np.int64) for item in np.broadcast_arrays(*places)]
    extents = np.asarray(x.shape).reshape(-1, 1)
    at = np.stack(spread)
    at = np.where(at < 0, at + extents, at)
    inside = np.all((at >= 0) & (at < extents), axis=0)
    given = values.reshape(-1)[: at.shape[1]][inside]
    where = tuple(at[:, inside])
    if params.accumulate:
        np.add.at(result, where, given)
    else:
        result[where] = given
    return result


def _lower_put(
    params: IndexPut, b: LoopBuilder, x: Tensor, indices: Tensor | tuple[Tensor, ...], values: Tensor
) -> Tensor:
    places: Sequence[Tensor] = (indices,) if isinstance(indices, Tensor) else indices
    _every(x.shape, len(places))
    shape = places[0].shape
    for item in places[1:]:
        shape = rules.broadcast_shape(shape, item.shape, 1)
    result = b.compute(x.shape, lambda *i: x[i], name="T_index_put")

    def visit(i: tuple[Var, ...]) -> Stmt:
        at: list[PrimExpr] = []
        inside: list[PrimExpr] = []
        for place, dim in zip(places, x.shape, strict=True):
            index, extent = place[broadcast_index(i, place.shape)].astype("int64"), shapes.as_expr(dim)
            index = prim.select(index < 0, index + extent, index)
            at.append(index)
            inside += [prim.const(0, "int64") <= index, index < extent]
        value = values[unflatten(flat_index(i, shape), values.shape)]
        value = result[tuple(at)] + value if params.accumulate else value
        return when(prim.all_of(inside), store(result, tuple(at), value))

    b.emit(nest(shape, visit))
    return result


def _joins(params: IndexPut, _data: TensorType, indices: Type, _values: TensorType) -> float:
    first = indices.fields[0] if isinstance(indices, TupleType) else indices
    count = shapes.product(first.shape) if isinstance(first, TensorType) else 1
    return float(count if isinstance(count, int) else 65536) if params.accumulate else 0.0


def _size(params: IndexPut, x: Array, indices: tuple[Array, ...], values: Array) -> Array:
    return _put(params, np.abs(x), indices, np.abs(values))


_INDEX = Domain(0.0, 1.0)


def _fits_put(_params: IndexPut, types: Sequence[Type], release: str) -> str | None:
    places = types[1].fields if isinstance(types[1], TupleType) else (types[1],)
    if all(rules.tensor(item, 1).rank for item in places):
        return None
    return f"Relax {release} takes positions of at least one dimension"


def _draw_tensor(d: Draw) -> Drawn:
    shape = d.shape(1)
    count = d.integer(1, len(shape))
    types = (TensorType(shape, d.one_of(*draw.EVERY)), TupleType(positions.draw_positions(d, count)))
    return Drawn(NoParams(), types, {1: index_domain(d, min(shape[:count]))})


def _undefined_tensor(_params: NoParams, x: Array, indices: tuple[Array, ...]) -> Array:
    return positions.astray(x.shape, indices)


def _draw_put(d: Draw) -> Drawn:
    source = TensorType(d.shape(1, 3), d.one_of(*draw.NUMBERS))
    places = positions.draw_positions(d, source.rank)
    outer = shapes.static(_positions(source, TupleType(places))[0])
    values = TensorType(d.one_of(outer, (math.prod(outer),)), source.dtype)
    most = min(shapes.static(source.shape))
    return Drawn(IndexPut(d.flag()), (source, TupleType(places), values), {1: Domain(-most - 1.0, most)})


CARDS = (
    OpCard(
        name="index_tensor",
        inputs=(Input("data"), Input("indices", _INDEX, variadic=True)),
        params=NoParams,
        infer=_infer_tensor,
        reference=_index_tensor,
        expand=_expand_tensor,
        relax=(RelaxSpelling(name="relax.index_tensor", operands=(Operand("data"), Operand("indices")), since="0.21"),),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_tensor,
        undefined=_undefined_tensor,
    ),
    OpCard(
        name="index_put",
        inputs=(Input("data"), Input("indices", _INDEX, variadic=True), Input("values")),
        params=IndexPut,
        infer=_infer_put,
        reference=_put,
        lower=_lower_put,
        relax=(
            RelaxSpelling(
                name="relax.index_put",
                operands=(Operand("data"), Operand("indices"), Operand("values")),
                attrs_type="relax.attrs.IndexPutAttrs",
                fields=(Field("accumulate", Kind.BOOL, False),),
                since="0.21",
                fits=_fits_put,
            ),
        ),
        error=Rounding(factor=_joins, magnitude=_size),
        draw=_draw_put,
    ),
)
