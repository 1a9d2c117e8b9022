"""argmax and argmin: the position of the largest or smallest element, row-major over the reduced axes.

The first of equal elements wins, or the last on request (Relay's ``select_last_index``). The search is the fold that
TVM compiles: a NaN restarts it, and it starts with position -1 and the lowest (highest) finite value, so that -1 is the
answer for elements that are all that value or below. Relay's result is int32, or int64 where dimensions are, Relax's
int64: that is a parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, nest, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, margins, reductions, rules
from tensor_core.ops.card import (
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
from tensor_core.ops.indexing import flat_index
from tensor_core.ops.rules import Array
from tensor_core.prim import Var
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class ArgReduce:
    """``axis``: the axes searched, ascending; ``dtype``: the element type of the positions."""

    axis: tuple[int, ...]
    keepdims: bool = False
    select_last_index: bool = False
    dtype: str = "int32"


def _infer(params: ArgReduce, data: Type) -> Type:
    return TensorType(reductions.reduced_shape(params, rules.tensor(data, 0).shape), params.dtype)


def _rows(params: ArgReduce, x: Array) -> Array:
    """What is searched, along the last axis; there may be no rows, which is why their length is said."""
    kept = [n for n in range(x.ndim) if n not in params.axis]
    length = math.prod(x.shape[n] for n in params.axis)
    return x.transpose(*kept, *params.axis).reshape(*(x.shape[n] for n in kept), length)


def _search(params: ArgReduce, x: Array, before: Callable[[Array, Array], Array], start: Any) -> Array:
    rows = _rows(params, x)
    best = np.full(rows.shape[:-1], start, x.dtype)
    place = np.full(rows.shape[:-1], -1, np.int64)
    for n in range(rows.shape[-1]):
        value = rows[..., n]
        keep = before(best, value)
        if not params.select_last_index:
            keep = keep | (best == value)
        best, place = np.where(keep, best, value), np.where(keep, place, n)
    shape = shapes.static(reductions.reduced_shape(params, x.shape))
    return place.reshape(shape).astype(dtypes.to_numpy(params.dtype))


def _lower(params: ArgReduce, b: LoopBuilder, x: Tensor, largest: bool) -> Tensor:
    """One pass in order over the reduced axes, for every element of the result."""
    start = dtypes.lowest(x.dtype) if largest else dtypes.highest(x.dtype)
    kept = tuple(n for n in range(x.rank) if n not in params.axis)
    inner = tuple(x.shape[n] for n in kept)
    extents = reductions.extents(params, x.shape)
    best = b.compute(inner, lambda *_: start, x.dtype, name="T_best")
    place = b.compute(inner, lambda *_: -1, params.dtype, name="T_place")

    def visit(row: tuple[Var, ...], searched: tuple[Var, ...]) -> Stmt:
        index = dict(zip((*kept, *params.axis), (*row, *searched), strict=True))
        value = x[tuple(index[n] for n in range(x.rank))]
        position = flat_index(searched, extents).astype(params.dtype)
        keep = best[row] > value if largest else best[row] < value
        if not params.select_last_index:
            keep = prim.Or(keep, best[row].equal(value))
        return when(prim.Not(keep), sequence(store(best, row, value), store(place, row, position)))

    b.emit(nest(inner, lambda row: nest(extents, lambda searched: visit(row, searched))))
    if not params.keepdims:
        return place
    shape = reductions.reduced_shape(params, x.shape)
    return b.compute(shape, lambda *i: place[tuple(i[n] for n in kept)], name="T_keepdims")


def _relay_dtype(data: Type) -> str:
    """Positions are of the type that the first dimension is given in (ArgReduceRel in TVM 0.19)."""
    shape = rules.tensor(data, 0).shape
    return shape[0].dtype if shape and isinstance(shape[0], prim.Imm) else "int32"


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {
        "axis": reductions.relay_axes(attrs, types),
        "keepdims": attrs["keepdims"],
        "select_last_index": attrs["select_last_index"],
        "dtype": _relay_dtype(types[0]),
    }


def _write_relay(params: ArgReduce, types: Sequence[Type]) -> Mapping[str, Value]:
    if params.dtype != _relay_dtype(types[0]):
        raise Reject(f"Relay's positions are {_relay_dtype(types[0])} here")
    written = reductions.relay_written(params.axis, types)
    return {**written, "keepdims": params.keepdims, "select_last_index": params.select_last_index}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": reductions.relax_axes(attrs, types), "keepdims": attrs["keepdims"], "dtype": "int64"}


def _write_relax(params: ArgReduce, types: Sequence[Type]) -> Mapping[str, Value]:
    whole = len(params.axis) != 1 or rules.tensor(types[0], 0).rank == 1
    return {"axis": None if whole else params.axis[0], "keepdims": params.keepdims}


def _fits(params: ArgReduce, types: Sequence[Type], release: str) -> str | None:
    if params.select_last_index:
        return f"Relax {release} always takes the first of equal elements"
    if len(params.axis) != 1 and len(params.axis) != rules.tensor(types[0], 0).rank:
        return f"Relax {release} searches one axis or all of them"
    return None if params.dtype == "int64" else "Relax's positions are int64"


def _expand(name: str, params: ArgReduce, f: Fragment[Any], data: Any) -> Any:
    """One search along one axis, to which several are joined first."""
    source = f.tensor_type(data)
    if params.select_last_index:
        return _expand_last(name, params, f, data, source)
    if len(params.axis) in (1, source.rank) and params.axis:
        if params.dtype == "int64":
            raise Reject("the search is elementary")
        found = f.call(name, data, axis=params.axis, keepdims=params.keepdims, dtype="int64")
        return f.call("cast", found, dtype=params.dtype)
    kept = tuple(n for n in range(source.rank) if n not in params.axis)
    shape = tuple(source.shape[n] for n in kept)
    moved = f.call("transpose", data, axes=(*kept, *params.axis))
    joined = f.call("reshape", moved, shape=(*shape, reductions.count(params, source.shape)))
    found = f.call(name, joined, axis=(len(kept),), dtype=params.dtype)
    if not params.keepdims:
        return found
    return f.call("reshape", found, shape=reductions.reduced_shape(params, source.shape))


def _expand_last(name: str, params: ArgReduce, f: Fragment[Any], data: Any, source: TensorType) -> Any:
    """The first of equal elements in the reversed order, counted from the end."""
    if dtypes.is_float(source.dtype):
        raise Reject("a NaN restarts the search, so that floats cannot be searched from the end")
    count = reductions.count(params, source.shape)
    if not isinstance(count, int):
        raise Reject("the number of elements is symbolic, so it is no constant to count down from")
    for axis in params.axis:
        data = f.call("reverse", data, axis=axis)
    found = f.call(name, data, axis=params.axis, keepdims=params.keepdims, dtype=params.dtype)
    # Of elements that are all as low (high) as can be none is found, and the last one is asked for.
    found = f.call("maximum", found, f.constant(0, params.dtype))
    return f.call("subtract", f.constant(count - 1, params.dtype), found)


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    axis = d.axes(source.rank, least=1)
    return Drawn(ArgReduce(axis, d.flag(), d.flag(), d.one_of("int32", "int64")), (source,))


def _margin(params: ArgReduce, x: Array, largest: bool) -> Array:
    """How far the second best is from the best."""
    rows = np.sort(_rows(params, x))
    ends = rows[..., -2:] if largest else rows[..., :2]
    shape = shapes.static(reductions.reduced_shape(params, x.shape))
    return (
        margins.relative(ends[..., 0], ends[..., -1]) if rows.shape[-1] > 1 else np.full(ends.shape[:-1], np.inf)
    ).reshape(shape)


def _card(name: str, largest: bool) -> OpCard[ArgReduce]:
    def reference(params: ArgReduce, x: Array) -> Array:
        dtype = dtypes.from_numpy(x.dtype)
        start = dtypes.lowest(dtype) if largest else dtypes.highest(dtype)
        return _search(params, x, np.greater if largest else np.less, start)

    def lower(params: ArgReduce, b: LoopBuilder, x: Tensor) -> Tensor:
        return _lower(params, b, x, largest)

    def expand(params: ArgReduce, f: Fragment[Any], data: Any) -> Any:
        return _expand(name, params, f, data)

    def margin(params: ArgReduce, x: Array) -> Array:
        return _margin(params, x, largest)

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=ArgReduce,
        infer=_infer,
        reference=reference,
        lower=lower,
        expand=expand,
        relay=RelaySpelling(
            name=name,
            attrs_type="relay.attrs.ArgReduceAttrs",
            fields=(
                Field("axis", Kind.INTS, None, optional=True),
                Field("keepdims", Kind.BOOL, False),
                Field("select_last_index", Kind.BOOL, False),
                Field("exclude", Kind.BOOL, False, param=None),
            ),
            read=_read_relay,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name=f"relax.{name}",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.ArgmaxArgminAttrs",
                fields=(Field("axis", Kind.INT, None, optional=True), Field("keepdims", Kind.BOOL, False)),
                read=_read_relax,
                write=_write_relax,
                fits=_fits,
            ),
        ),
        pattern=Pattern.REDUCE,
        error=Exact(),
        draw=_draw,
        margin=margin,
    )


CARDS = (_card("argmax", largest=True), _card("argmin", largest=False))
