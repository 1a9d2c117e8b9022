"""scatter_elements and scatter_nd: the data with updates written, or joined, at positions given by a tensor.

Updates come in row-major order, so that of several for one element the last wins, and ``mean`` halves the distance to
each update in turn (it is not their mean). scatter_elements counts negative positions from the end. Any other position
out of range is not defined in TVM 0.19, which writes outside the data; here the update is dropped. scatter_elements
takes updates of another shape than the indices' and pairs both in row-major order, as TVM does. The coordinates of
scatter_nd stand along the first dimension of the indices in Relay, along the last in Relax.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, nest, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, rules
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
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import flat_index, outside, unflatten
from tensor_core.ops.rules import Array
from tensor_core.ops.scattering import ADD, MAX, MEAN, MIN, MUL, UPDATE, join, joined, turned_around
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Shape, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class ScatterElements:
    """``axis``: the dimension that positions count along; ``reduction``: update, add, mul, mean, min or max."""

    axis: int = 0
    reduction: str = UPDATE


@dataclass(frozen=True, slots=True)
class ScatterNd:
    """``mode``: update, add, mul, min or max. ``coordinates_last``: along which dimension coordinates stand."""

    mode: str = UPDATE
    coordinates_last: bool = False


def _infer(_params: ScatterElements, data: Type, indices: Type, updates: Type) -> Type:
    rules.integers(indices, 1)
    rules.tensor(updates, 2)
    return rules.tensor(data, 0)


def _reference(params: ScatterElements, x: Array, indices: Array, updates: Array) -> Array:
    axis, result = rules.axis(params.axis, x.ndim), x.copy()
    if updates.size < indices.size:
        raise ValueError(f"indices of shape {indices.shape} with updates of shape {updates.shape}")
    updates = updates.reshape(-1)[: indices.size].reshape(indices.shape)
    places = rules.places(indices.shape)
    places[axis] = np.where(indices < 0, indices.astype(np.int64) + x.shape[axis], indices)
    inside = (places[axis] >= 0) & (places[axis] < x.shape[axis])
    for n in range(indices.shape[axis]):
        # Along the axis one after the other; elsewhere no two positions meet.
        step = np.take(inside, n, axis)
        place = tuple(np.take(item, n, axis)[step] for item in places)
        result[place] = join(params.reduction, result[place], np.take(updates, n, axis)[step])
    return result


def _lower(params: ScatterElements, b: LoopBuilder, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)
    result = b.compute(x.shape, lambda *i: x[i], name="T_scatter_elements")
    extent = shapes.as_expr(x.shape[axis])
    same = len(indices.shape) == updates.rank and all(map(shapes.prove_equal, indices.shape, updates.shape))

    def visit(i: tuple[Var, ...]) -> Stmt:
        index = indices[i].astype("int64")
        place = (*i[:axis], prim.select(index < 0, index + extent, index), *i[axis + 1 :])
        source = i if same else unflatten(flat_index(i, indices.shape), updates.shape)
        return _written(result, place, {axis}, lambda old: joined(params.reduction, old, updates[source]))

    b.emit(nest(indices.shape, visit))
    return result


def _written(
    target: Tensor, place: tuple[PrimExpr, ...], checked: set[int], value: Callable[[PrimExpr], PrimExpr]
) -> Stmt:
    """The store of one element, where the coordinates that the data gave lie inside."""
    zero = prim.const(0, "int64")
    bounds = [prim.And(zero <= place[n], place[n] < shapes.as_expr(target.shape[n])) for n in sorted(checked)]
    return when(prim.all_of(bounds), store(target, place, value(target[place])))


def _infer_nd(params: ScatterNd, data: Type, indices: Type, updates: Type) -> Type:
    source = rules.tensor(data, 0)
    _count(params, rules.integers(indices, 1).shape, source.rank)
    rules.tensor(updates, 2)
    return source


def _count(params: ScatterNd, indices: Shape, rank: int) -> int:
    count = indices[-1 if params.coordinates_last else 0] if indices else None
    if not isinstance(count, int):
        raise Reject(f"the number of coordinates must be known: {rules.show(indices)}", 1)
    if count > rank:
        raise Reject(f"{count} coordinates are given for {rank} dimensions", 1)
    return count


def _reference_nd(params: ScatterNd, x: Array, indices: Array, updates: Array) -> Array:
    if params.mode == MEAN:
        raise ValueError("scatter_nd has no mean")
    indices = np.moveaxis(indices, -1, 0) if params.coordinates_last else indices
    result, count = x.copy(), indices.shape[0]
    expected = (*indices.shape[1:], *x.shape[count:])
    if updates.shape != expected:
        raise ValueError(f"updates of shape {updates.shape} where {expected} is needed")
    steps = math.prod(indices.shape[1:])
    rows, places = updates.reshape(steps, *x.shape[count:]), indices.reshape(count, steps).astype(np.int64)
    extents = np.asarray(x.shape[:count]).reshape(-1, 1)
    inside = np.all((places >= 0) & (places < extents), axis=0)
    rows, at = rows[inside], tuple(places[:, inside])
    if count and params.mode in _AT:
        _AT[params.mode](result, at, rows)
        return result
    for n in range(len(rows)):
        place = tuple(int(item[n]) for item in at)
        result[place] = join(params.mode, result[place], rows[n])
    return result


_AT: dict[str, Callable[..., None]] = {UPDATE: np.ndarray.__setitem__, ADD: np.add.at, MUL: np.multiply.at}
"""Those that numpy applies one after the other, as TVM does."""


def _lower_nd(params: ScatterNd, b: LoopBuilder, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    if params.mode == MEAN:
        raise Reject("scatter_nd has no mean")
    count = _count(params, indices.shape, x.rank)
    outer = indices.rank - 1
    result = b.compute(x.shape, lambda *i: x[i], name="T_scatter_nd")

    def visit(i: tuple[Var, ...]) -> Stmt:
        own, last = i[:outer], params.coordinates_last
        spots = ((*own, as_expr(n)) if last else (as_expr(n), *own) for n in range(count))
        coordinates = (indices[spot].astype("int64") for spot in spots)
        place = (*coordinates, *i[outer:])
        return _written(result, place, set(range(count)), lambda old: joined(params.mode, old, updates[i]))

    b.emit(nest(updates.shape, visit))
    return result


def _fits(_params: ScatterElements, types: Sequence[Type], release: str) -> str | None:
    indices, updates = rules.tensor(types[1], 1), rules.tensor(types[2], 2)
    if indices.rank == updates.rank and all(map(shapes.prove_equal, indices.shape, updates.shape)):
        return None
    return f"Relax {release} takes updates of the indices' shape only"


def _size(params: ScatterElements, x: Array, indices: Array, updates: Array) -> Array:
    return _reference(params, np.abs(x), indices, np.abs(updates))


def _size_nd(params: ScatterNd, x: Array, indices: Array, updates: Array) -> Array:
    return _reference_nd(params, np.abs(x), indices, np.abs(updates))


def _joins(params: ScatterElements, _data: TensorType, indices: TensorType, _updates: TensorType) -> float:
    extent = indices.shape[rules.axis(params.axis, indices.rank)]
    return _steps(params.reduction, extent if isinstance(extent, int) else 65536)


def _joins_nd(params: ScatterNd, _data: TensorType, indices: TensorType, _updates: TensorType) -> float:
    count = shapes.product(indices.shape[:-1] if params.coordinates_last else indices.shape[1:])
    return _steps(params.mode, count if isinstance(count, int) else 65536)


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"mode": attrs["mode"]}


def _write_relay(params: ScatterNd, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.coordinates_last:
        raise Reject("Relay takes coordinates along the first dimension of the indices")
    return {"mode": params.mode}


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"mode": attrs["reduction"], "coordinates_last": True}


def _write_relax(params: ScatterNd, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"reduction": params.mode}


def _fits_relax(params: ScatterNd, types: Sequence[Type], release: str) -> str | None:
    indices = rules.tensor(types[1], 1)
    if (params.coordinates_last or indices.rank == 1) and indices.dtype == "int64":
        return None
    return f"Relax {release} takes int64 coordinates along the last dimension of the indices"


def _expand(params: ScatterElements, f: Fragment[Any], data: Any, indices: Any, updates: Any) -> Any:
    """The updates in row-major order, as many as there are indices, in the indices' shape."""
    places, given = f.tensor_type(indices).shape, f.tensor_type(updates).shape
    if not shapes.is_static((*places, *given)):
        raise Reject("updates of another shape than the indices' are paired where both are known only")
    count, total = (math.prod(shapes.static(shape)) for shape in (places, given))
    if places == given or total < count:
        raise Reject("there is no update for each index")
    if total > count:
        updates = f.call("reshape", updates, shape=(total,))
        updates = f.call("strided_slice", updates, axes=(0,), begin=(0,), end=(count,), strides=(1,))
    updates = f.call("reshape", updates, shape=places)
    return f.call("scatter_elements", data, indices, updates, axis=params.axis, reduction=params.reduction)


def _expand_nd(params: ScatterNd, f: Fragment[Any], data: Any, indices: Any, updates: Any) -> Any:
    """The same with the coordinates along the other end."""
    last = params.coordinates_last
    turned = turned_around(f, indices, last)
    return f.call("scatter_nd", data, turned, updates, mode=params.mode, coordinates_last=not last)


def _steps(mode: str, count: int) -> float:
    return float(count) if mode in (ADD, MUL, MEAN) else 0.0


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.NUMBERS)
    axis = d.axis(len(shape))
    places = [d.integer(1, extent) for extent in shape]
    places[axis] = d.integer(1, 5)
    updates = tuple(places) if d.flag() or d.flag() else (math.prod(places),)
    modes = (UPDATE, ADD, MUL, MIN, MAX, *([MEAN] if dtypes.is_float(dtype) else []))
    indices = TensorType(tuple(places), d.one_of("int64", "int32"))
    params = ScatterElements(axis, d.one_of(*modes))
    domains = {**_factors(params.reduction), 1: Domain(-shape[axis], shape[axis] - 1)}
    return Drawn(params, (TensorType(shape, dtype), indices, TensorType(updates, dtype)), domains)


def _factors(mode: str) -> dict[int, Domain]:
    """Products of many small numbers are held by every type."""
    return {0: Domain(-2.0, 2.0), 2: Domain(-2.0, 2.0)} if mode == MUL else {}


def _undefined(params: ScatterElements, x: Array, indices: Array, updates: Array) -> Array:
    del updates
    extent = x.shape[rules.axis(params.axis, x.ndim)]
    return np.asarray(np.any(outside(indices + extent * (indices < 0), extent)))


def _draw_nd(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.NUMBERS)
    count = d.integer(1, len(shape))
    outer, last = d.shape(0, 2, most=3), d.flag()
    places = TensorType((*outer, count) if last else (count, *outer), d.one_of("int64", "int32"))
    params = ScatterNd(d.one_of(UPDATE, ADD, MUL, MIN, MAX), last)
    types = (TensorType(shape, dtype), places, TensorType((*outer, *shape[count:]), dtype))
    return Drawn(params, types, {**_factors(params.mode), 1: Domain(0.0, min(shape[:count]) - 1.0)})


def _undefined_nd(params: ScatterNd, x: Array, indices: Array, updates: Array) -> Array:
    del updates
    rows = np.moveaxis(indices, -1, 0) if params.coordinates_last else indices
    return np.asarray(any(outside(row, extent).any() for row, extent in zip(rows, x.shape, strict=False)))


_INPUTS = (Input("data"), Input("indices", Domain(0.0, 1.0)), Input("updates"))


def _gradient_nd(params: ScatterNd, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    if params.mode != ADD:
        raise Reject('it handles mode "add" only')
    return [g, None, g.call("gather_nd", args[1], coordinates_last=params.coordinates_last)]


CARDS = (
    OpCard(
        name="scatter_elements",
        inputs=_INPUTS,
        params=ScatterElements,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        relay=RelaySpelling(
            name="scatter_elements",
            attrs_type="relay.attrs.ScatterElementsAttrs",
            declared=False,
            fields=(Field("axis", Kind.INT, 0), Field("reduction", Kind.STR, UPDATE)),
        ),
        relax=(
            RelaxSpelling(
                name="relax.scatter_elements",
                operands=(Operand("data"), Operand("indices"), Operand("updates")),
                attrs_type="relax.attrs.ScatterElementsAttrs",
                fields=(Field("axis", Kind.INT, 0), Field("reduction", Kind.STR, UPDATE)),
                fits=_fits,
            ),
        ),
        error=Rounding(factor=_joins, magnitude=_size),
        draw=_draw,
        undefined=_undefined,
    ),
    OpCard(
        name="scatter_nd",
        inputs=_INPUTS,
        params=ScatterNd,
        infer=_infer_nd,
        reference=_reference_nd,
        lower=_lower_nd,
        expand=_expand_nd,
        gradient=derivatives(_gradient_nd),
        relay=RelaySpelling(
            name="scatter_nd",
            attrs_type="relay.attrs.ScatterNDAttrs",
            declared=False,
            fields=(Field("mode", Kind.STR, UPDATE),),
            read=_read_relay,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name="relax.scatter_nd",
                operands=(Operand("data"), Operand("indices"), Operand("updates")),
                attrs_type="relax.attrs.ScatterNDAttrs",
                fields=(Field("reduction", Kind.STR, UPDATE),),
                read=_read_relax,
                write=_write_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.OPAQUE,
        error=Rounding(factor=_joins_nd, magnitude=_size_nd),
        draw=_draw_nd,
        undefined=_undefined_nd,
    ),
)
