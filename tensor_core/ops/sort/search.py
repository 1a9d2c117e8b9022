"""searchsorted and unique.

searchsorted finds where values belong in sorted rows: before equal elements, or behind them; of one row it is Relax's
bucketize. unique gives a vector's
distinct elements, where each first occurs, which of them each element is, how many there are, and on request how often
each occurs. Its results have the vector's length, since the type cannot say how many elements are distinct; what stands
behind them is not defined in TVM 0.19 and zero here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner, Stmt
from tensor_core.ops import draw, margins, orders, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.grouping import grouped
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class SearchSorted:
    """``right``: behind equal elements; ``dtype``: the element type of the positions."""

    right: bool
    dtype: str


@dataclass(frozen=True, slots=True)
class Unique:
    """``sorted``: distinct elements ascending, else in order of first occurrence."""

    sorted: bool
    return_counts: bool


def _infer_search(params: SearchSorted, rows: Type, values: Type) -> Type:
    source, wanted = rules.tensor(rows, 0), rules.tensor(values, 1)
    if not wanted.rank:
        raise Reject("the values must have at least one dimension", 1)
    if source.rank > 1:
        if source.rank != wanted.rank:
            raise Reject(f"the sequences have {source.rank} dimensions, the values {wanted.rank}", 1)
        if any(map(shapes.prove_different, source.shape[:-1], wanted.shape[:-1])):
            raise Reject(f"outer dimensions differ: {rules.show(source.shape)} and {rules.show(wanted.shape)}", 1)
    return TensorType(wanted.shape, rules.known_dtype(params.dtype))


def _check_rows(rank: int) -> None:
    # TVM 0.19 looks at this only when it makes a kernel.
    if not rank:
        raise Reject("the sorted sequence must have a dimension", 0)


def _search(params: SearchSorted, rows: Array, values: Array) -> Array:
    _check_rows(rows.ndim)
    kind, side = dtypes.to_numpy(params.dtype), "right" if params.right else "left"
    if rows.ndim == 1:
        return np.asarray(np.searchsorted(rows, values, side)).astype(kind)
    pairs = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    found = [np.searchsorted(row, wanted, side) for row, wanted in pairs]
    return np.asarray(found, kind).reshape(values.shape)


def _lower_search(params: SearchSorted, b: LoopBuilder, rows: Tensor, values: Tensor) -> Tensor:
    _check_rows(rows.rank)

    def before(*i: PrimExpr) -> PrimExpr:
        *place, k = i
        element, wanted = rows[(*place[:-1], k) if rows.rank > 1 else (k,)], values[tuple(place)]
        return (element <= wanted if params.right else element < wanted).astype(params.dtype)

    return b.reduce(values.shape, rows.shape[-1:], before, Combiner.SUM, dtype=params.dtype, name="T_searchsorted")


def _read_buckets(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"right": attrs["right"], "dtype": "int32" if attrs["out_int32"] else "int64"}


def _write_buckets(params: SearchSorted, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"out_int32": params.dtype == "int32", "right": params.right}


def _fits_buckets(params: SearchSorted, types: Sequence[Type], release: str) -> str | None:
    if rules.tensor(types[0], 0).rank != 1:
        return f"bucketize of Relax {release} searches one row only"
    if params.dtype not in ("int32", "int64"):
        return f"bucketize of Relax {release} gives no positions of type {params.dtype}"
    return None


def _infer_unique(params: Unique, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if source.rank != 1:
        raise Reject(f"expected a vector, got {rules.show(source.shape)}", 0)
    places = TensorType(source.shape, "int32")
    found = (source, places, places, TensorType((1,), "int32"))
    return TupleType((*found, places) if params.return_counts else found)


def _unique(params: Unique, x: Array) -> tuple[Array, ...]:
    _, first, member, counts = np.unique(orders.comparable(x), True, True, True)
    values = x[first]
    if not params.sorted:
        order = np.argsort(first, kind="stable")
        values, first, counts = values[order], first[order], counts[order]
        member = np.argsort(order, kind="stable")[member]
    total = np.asarray([len(values)], np.int32)
    places = member.reshape(x.shape).astype(np.int32)
    found = (_padded(values, len(x)), _padded(first.astype(np.int32), len(x)), places, total)
    return (*found, _padded(counts.astype(np.int32), len(x))) if params.return_counts else found


def _lower_unique(params: Unique, b: LoopBuilder, x: Tensor) -> tuple[Tensor, ...]:
    def sort(found: Callable[[Tensor], Stmt]) -> None:
        orders.each_row(b, x, 0, True, lambda _before, _behind, order: found(order))

    groups = grouped(b, x.shape[0], sort, lambda before, place: orders.less(x[before], x[place]), params.sorted)

    def value(i: PrimExpr) -> PrimExpr:
        return prim.if_then_else(i < groups.total[()], x[groups.first[i]], 0)

    def narrow(source: Tensor, name: str) -> Tensor:
        return b.compute(x.shape, lambda *i: source[i].astype("int32"), name=name)

    found = (
        b.compute(x.shape, lambda *i: value(i[0]), name="T_unique"),
        narrow(groups.first, "T_unique_first"),
        narrow(groups.member, "T_unique_inverse"),
        b.compute((1,), lambda *_: groups.total[()].astype("int32"), name="T_unique_total"),
    )
    return (*found, narrow(groups.counts, "T_unique_counts")) if params.return_counts else found


def _undefined_unique(params: Unique, x: Array) -> tuple[Array, ...]:
    """What stands behind the distinct elements; all of it where a NaN is among them."""
    unknown = orders.undefined(x, 0)
    beyond = unknown | (np.arange(len(x)) >= _unique(params, x)[3])
    found = (beyond, beyond, unknown, unknown)
    return (*found, beyond) if params.return_counts else found


def _padded(values: Array, length: int) -> Array:
    return np.pad(values, (0, length - len(values)))


def _draw_search(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.NUMBERS)
    outer = d.one_of((), shape[:-1])
    rows = draw.array((*outer, d.integer(1, 6)), dtype, Domain(), np.random.default_rng(d.integer(0, 1 << 16)))
    types = (TensorType(rows.shape, dtype), TensorType(shape, dtype))
    return Drawn(SearchSorted(d.flag(), d.one_of("int32", "int64")), types, values={0: np.sort(rows, -1)})


def _margin(_params: SearchSorted, rows: Array, values: Array) -> Array:
    after = _search(SearchSorted(False, "int64"), rows, values)
    # Nothing lies before the first element or behind the last.
    around = np.pad(rows.astype(np.float64), [(0, 0)] * (rows.ndim - 1) + [(1, 1)], constant_values=np.nan)
    around = np.broadcast_to(around, (*values.shape[:-1], around.shape[-1]))
    return np.minimum(*(margins.relative(values, np.take_along_axis(around, after + n, -1)) for n in (0, 1)))


def _draw_unique(d: Draw) -> Drawn:
    return Drawn(Unique(not d.flag(), d.flag()), (TensorType(d.shape(1, 1, most=9), d.one_of(*draw.NUMBERS)),))


CARDS = (
    OpCard(
        name="searchsorted",
        inputs=(Input("sorted_sequence"), Input("values")),
        params=SearchSorted,
        infer=_infer_search,
        reference=_search,
        lower=_lower_search,
        relay=RelaySpelling(
            name="searchsorted",
            attrs_type="relay.attrs.SearchSortedAttrs",
            fields=(Field("right", Kind.BOOL, False), Field("dtype", Kind.DTYPE, "int32")),
        ),
        relax=(
            RelaxSpelling(
                name="relax.bucketize",
                operands=(Operand("values"), Operand("sorted_sequence")),
                attrs_type="relax.attrs.BucketizeAttrs",
                fields=(Field("out_int32", Kind.BOOL, False), Field("right", Kind.BOOL, False)),
                since="0.21",
                read=_read_buckets,
                write=_write_buckets,
                fits=_fits_buckets,
            ),
        ),
        draw=_draw_search,
        margin=_margin,
    ),
    OpCard(
        name="unique",
        inputs=(Input("data"),),
        params=Unique,
        infer=_infer_unique,
        reference=_unique,
        lower=_lower_unique,
        undefined=_undefined_unique,
        relay=RelaySpelling(
            name="unique",
            attrs_type="relay.attrs.UniqueAttrs",
            declared=False,
            fields=(Field("sorted", Kind.BOOL, True), Field("return_counts", Kind.BOOL, False)),
        ),
        draw=_draw_unique,
    ),
)
