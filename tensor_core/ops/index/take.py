"""take: elements or slices selected by an index tensor along one axis.

What an index out of range gives is a parameter: "clip" (to the nearest valid index; a negative index is the first
element), "wrap" (modulo the extent), "undefined", "nan". Relay's modes are clip (its default), wrap and fast, which is
undefined; Relax has the attribute from release 0.22 on (default fast) and is always undefined before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, moves, rules
from tensor_core.ops.card import (
    Domain,
    Exact,
    Field,
    Input,
    Kind,
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
from tensor_core.ops.indexing import index_domain, outside, unflatten
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

CLIP, WRAP, UNDEFINED, NAN = "clip", "wrap", "undefined", "nan"


@dataclass(frozen=True, slots=True)
class Take:
    """``axis``: None indexes the flattened data; the first ``batch_dims`` dimensions of data and indices correspond."""

    axis: int | None = None
    batch_dims: int = 0
    out_of_range: str = CLIP


def _batch_dims(params: Take, indices: TensorType) -> int:
    return params.batch_dims + indices.rank if params.batch_dims < 0 else params.batch_dims


def _infer(params: Take, data: Type, indices: Type) -> Type:
    source, index = rules.tensor(data, 0), rules.tensor(indices, 1)
    if not dtypes.is_int(index.dtype):
        raise Reject(f"indices must be integers, got {index.dtype}", 1)
    if params.axis is None:
        return TensorType(index.shape, source.dtype)
    axis, batch = rules.axis(params.axis, source.rank, 0), _batch_dims(params, index)
    if not 0 <= batch <= min(axis, index.rank):
        raise Reject(f"batch_dims {params.batch_dims} must not exceed the axis or the rank of the indices")
    return TensorType((*source.shape[:axis], *index.shape[batch:], *source.shape[axis + 1 :]), source.dtype)


def _reference(params: Take, x: Array, indices: Array) -> Array:
    if params.axis is None:
        return _take(params, x.reshape(-1), indices, 0, 0)
    batch = params.batch_dims + indices.ndim if params.batch_dims < 0 else params.batch_dims
    return _take(params, x, indices, rules.axis(params.axis, x.ndim), batch)


def _take(params: Take, x: Array, indices: Array, axis: int, batch: int) -> Array:
    extent = x.shape[axis]
    valid = _in_range(params.out_of_range, indices.astype(np.int64), extent)
    inner = indices.ndim - batch
    grids = [_places(x.shape[n], axis - 1 - n + inner) for n in range(axis)]
    place = np.reshape(valid, (*valid.shape[:batch], *[1] * (axis - batch), *valid.shape[batch:]))
    result = x[(*grids, place)]
    if params.out_of_range == NAN:
        wrong = np.reshape(outside(indices, extent), (*place.shape, *[1] * (x.ndim - axis - 1)))
        result = np.where(wrong, np.asarray(np.nan, x.dtype), result)
    return np.asarray(result)


def _places(extent: int, trailing: int) -> Array:
    places: Array = np.arange(extent)
    return places.reshape(-1, *[1] * trailing)


def _in_range(mode: str, indices: Array, extent: int) -> Array:
    return np.mod(indices, extent) if mode == WRAP else np.clip(indices, 0, extent - 1)


def _lower(params: Take, b: LoopBuilder, x: Tensor, indices: Tensor) -> Tensor:
    if params.axis is None:
        return _lower_flat(params, b, x, indices)
    axis = rules.axis(params.axis, x.rank)
    batch = _batch_dims(params, TensorType(indices.shape))
    inner = indices.rank - batch
    shape = (*x.shape[:axis], *indices.shape[batch:], *x.shape[axis + 1 :])

    def value(*i: PrimExpr) -> PrimExpr:
        def load(place: PrimExpr) -> PrimExpr:
            return x[(*i[:axis], place, *i[axis + inner :])]

        return _guarded(params, indices[(*i[:batch], *i[axis : axis + inner])], x.shape[axis], load)

    return b.compute(shape, value, name="T_take")


def _lower_flat(params: Take, b: LoopBuilder, x: Tensor, indices: Tensor) -> Tensor:
    total = shapes.product(x.shape)

    def load(place: PrimExpr) -> PrimExpr:
        return x[unflatten(place, x.shape)]

    return b.compute(indices.shape, lambda *i: _guarded(params, indices[i], total, load), name="T_take")


def _guarded(params: Take, index: PrimExpr, extent: Dim, load: Callable[[PrimExpr], PrimExpr]) -> PrimExpr:
    index, size = index.astype("int64"), shapes.as_expr(extent)
    # An undefined result is free to be the clipped one, which never reads outside the data.
    place = index % size if params.out_of_range == WRAP else prim.Max(prim.Min(index, size - 1), prim.const(0, "int64"))
    loaded = load(place)
    if params.out_of_range == NAN:
        inside = prim.And(prim.const(0, "int64") <= index, index < size)
        return prim.select(inside, loaded, float("nan"))
    return loaded


def _expand(params: Take, f: Fragment[Any], data: Any, indices: Any) -> Any:
    source, index = f.tensor_type(data), f.tensor_type(indices)
    if params.axis is None:
        flat = f.call("reshape", data, shape=(shapes.product(source.shape),))
        return f.call("take", flat, indices, axis=0, out_of_range=params.out_of_range)
    batch = _batch_dims(params, index)
    if batch:
        return _expand_batch(params, f, data, indices, batch)
    if params.out_of_range == UNDEFINED:
        raise Reject("a selection without a rule for indices out of range is elementary")
    extent = source.shape[rules.axis(params.axis, source.rank)]
    valid = _expand_indices(params, f, indices, index, extent)
    return f.call("take", data, valid, axis=params.axis, out_of_range=UNDEFINED)


def _expand_batch(params: Take, f: Fragment[Any], data: Any, indices: Any, batch: int) -> Any:
    """The axis behind the dimensions that correspond, all of these one with it, and indices that count across them."""
    own, index = f.tensor_type(data), f.tensor_type(indices)
    assert params.axis is not None
    axis = rules.axis(params.axis, own.rank)
    order = (*range(batch), axis, *(n for n in range(batch, own.rank) if n != axis))
    data = moves.transposed(f, data, order)
    shape = f.tensor_type(data).shape
    if not shapes.is_static((*shape[: batch + 1], *index.shape)):
        raise Reject("the extents that indices count across are symbolic")
    count, extent = math.prod(shapes.static(shape[:batch])), shapes.static(shape[batch : batch + 1])[0]
    data = moves.reshaped(f, data, (count * extent, *shape[batch + 1 :]))
    valid = indices
    if params.out_of_range != UNDEFINED:
        valid = _expand_indices(params, f, indices, index, extent)
    valid = moves.cast(f, valid, "int64")
    first = np.arange(count).reshape(shapes.static(index.shape[:batch]) + (1,) * (index.rank - batch)) * extent
    valid = f.call("add", valid, f.constant(first, "int64"))
    result = f.call("take", data, valid, axis=0, out_of_range=UNDEFINED)
    # The dimensions of the indices stand in front of those that stood before the axis.
    inner, before = index.rank - batch, axis - batch
    middle = range(index.rank, index.rank + before)
    rest = range(index.rank + before, f.tensor_type(result).rank)
    return moves.transposed(f, result, (*range(batch), *middle, *range(batch, batch + inner), *rest))


def _expand_indices(params: Take, f: Fragment[Any], indices: Any, index: TensorType, extent: Dim) -> Any:
    """The indices brought into range, so that a call without a mode means the same."""
    if params.out_of_range == NAN:
        raise Reject("no composition of other operators gives NaN for an index out of range")
    if not isinstance(extent, int):
        raise Reject("the extent is symbolic, so it is no constant to bound the indices by")
    known = f.known(indices)
    if extent > dtypes.highest(index.dtype):
        # The bounds are no numbers of the indices' type.
        indices, index = f.call("cast", indices, dtype="int64"), TensorType(index.shape, "int64")
    if known is None:
        if params.out_of_range == WRAP:
            return f.call("floor_mod", indices, f.constant(extent, index.dtype))
        return f.call("clip", indices, a_min=0, a_max=extent - 1)
    valid = _in_range(params.out_of_range, known.astype(np.int64), extent)
    return indices if np.array_equal(valid, known) else f.constant(valid, index.dtype)


def _read_mode(mode: str) -> str:
    if mode not in ("clip", "wrap", "fast", "nan"):
        raise Reject(f"unknown mode {mode!r}")
    return UNDEFINED if mode == "fast" else mode


def _write_mode(params: Take) -> str:
    return "fast" if params.out_of_range == UNDEFINED else params.out_of_range


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    mode = _read_mode(attrs["mode"])
    return {"axis": attrs["axis"], "batch_dims": attrs["batch_dims"], "out_of_range": mode}


def _write_relay(params: Take, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": params.axis, "batch_dims": params.batch_dims, "mode": _write_mode(params)}


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": attrs["axis"], "out_of_range": _read_mode(attrs.get("mode", "fast"))}


def _write_first_relax(params: Take, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": params.axis}


def _write_relax(params: Take, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": params.axis, "mode": _write_mode(params)}


def _fits_relax(params: Take, types: Sequence[Type], release: str) -> str | None:
    if params.batch_dims:
        return "Relax has no batch_dims"
    if params.axis is None and rules.tensor(types[0], 0).rank != 1:
        return f"Relax {release} does not flatten the data"
    return None


def _fits_first_relax(params: Take, types: Sequence[Type], release: str) -> str | None:
    if params.out_of_range != UNDEFINED:
        return f"Relax {release} does not define what an index out of range gives"
    return _fits_relax(params, types, release)


_OPERANDS = (Operand("data"), Operand("indices"))


def _gradient(params: Take, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    """The adjoint's slices added up at the indices. (TVM takes these to be in range.)"""
    data, indices = args
    if params.batch_dims:
        raise Reject("it handles no batch dimensions")
    length = shapes.product(data.shape) if params.axis is None else data.shape[rules.axis(params.axis, len(data.shape))]
    if params.out_of_range == CLIP and isinstance(length, int):
        indices = indices.call("clip", a_min=0.0, a_max=float(length - 1))
    elif params.out_of_range == WRAP and isinstance(length, int):
        indices = indices.call("floor_mod", indices.number(length))
    if len(indices.shape) != 1:
        axis = 0 if params.axis is None else rules.axis(params.axis, len(data.shape))
        count = shapes.product(indices.shape)
        g = g.call("reshape", shape=(*g.shape[:axis], count, *g.shape[axis + len(indices.shape) :]))
        indices = indices.call("reshape", shape=(count,))
    return [g.call("grad.take_backward", data, indices, axis=params.axis), None]


def draw_take(d: Draw) -> Drawn:
    """Calls of every mode, with indices out of range where that has a meaning, and now and then where not."""
    source = TensorType(d.shape(1), d.one_of(*draw.EVERY))
    shape = shapes.static(source.shape)
    axis = d.some(lambda: d.axis(source.rank))
    place = 0 if axis is None else axis % source.rank
    batch = 0 if axis is None or d.flag() else d.integer(0, place)
    modes = (CLIP, WRAP, UNDEFINED, *([NAN] if dtypes.is_float(source.dtype) else []))
    indices = TensorType((*shape[:batch], *d.any_shape(0, 2)), d.one_of("int64", "int32", "uint8"))
    params = Take(axis=axis, batch_dims=batch, out_of_range=d.one_of(*modes))
    extent = math.prod(shape) if axis is None else shape[place]
    wide = Domain(-extent - 2.0, 2.0 * extent)
    return Drawn(params, (source, indices), {1: index_domain(d, extent) if params.out_of_range == UNDEFINED else wide})


def _undefined(params: Take, x: Array, indices: Array) -> Array:
    if params.out_of_range != UNDEFINED:
        return np.zeros((), bool)
    if params.axis is None:
        return outside(indices, x.size)
    batch = params.batch_dims + indices.ndim if params.batch_dims < 0 else params.batch_dims
    axis = rules.axis(params.axis, x.ndim)
    wrong = outside(indices, x.shape[axis])
    trailing = [1] * (x.ndim - axis - 1)
    return np.reshape(wrong, (*wrong.shape[:batch], *[1] * (axis - batch), *wrong.shape[batch:], *trailing))


CARD = OpCard(
    name="take",
    inputs=(Input("data"), Input("indices", Domain(0.0, 3.0))),
    params=Take,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="take",
        attrs_type="relay.attrs.TakeAttrs",
        fields=(
            Field("batch_dims", Kind.INT, 0),
            Field("axis", Kind.INT, None, optional=True),
            Field("mode", Kind.STR, "clip"),
        ),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.take",
            operands=_OPERANDS,
            attrs_type="relax.attrs.TakeAttrs",
            fields=(Field("axis", Kind.INT, None, optional=True),),
            until="0.22",
            read=_read_relax,
            write=_write_first_relax,
            fits=_fits_first_relax,
        ),
        RelaxSpelling(
            name="relax.take",
            operands=_OPERANDS,
            attrs_type="relax.attrs.TakeAttrs",
            fields=(Field("axis", Kind.INT, None, optional=True), Field("mode", Kind.STR, "fast")),
            since="0.22",
            read=_read_relax,
            write=_write_relax,
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    error=Exact(),
    draw=draw_take,
    undefined=_undefined,
)
