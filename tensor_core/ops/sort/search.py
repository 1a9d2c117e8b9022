"""searchsorted and unique.

searchsorted finds where values belong in sorted rows: before equal elements, or behind them; of one row it is Relax's
bucketize. unique gives a vector's
distinct elements, where each first occurs, which of them each element is, how many there are, and on request how often
each occurs. Its results have the vector's length, since the type cannot say how many elements are distinct; what stands
behind them is not defined in TVM 0.19 and zero here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.nodes import Combiner, Stmt
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Operand, Reject, RelaxSpelling, RelaySpelling, Value
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
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


def _search(params: SearchSorted, rows: Array, values: Array) -> Array:
    kind, side = dtypes.to_numpy(params.dtype), "right" if params.right else "left"
    if rows.ndim == 1:
        return np.asarray(np.searchsorted(rows, values, side)).astype(kind)
    pairs = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    found = [np.searchsorted(row, wanted, side) for row, wanted in pairs]
    return np.asarray(found, kind).reshape(values.shape)


def _lower_search(params: SearchSorted, b: LoopBuilder, rows: Tensor, values: Tensor) -> Tensor:
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
    group, leader, number = (b.scratch(x.shape, "int64", name) for name in ("group", "leader", "number"))
    values = b.compute(x.shape, lambda *_: 0, x.dtype, name="T_unique")
    first, counts = (b.compute(x.shape, lambda *_: 0, "int32", name=f"T_unique_{kind}") for kind in ("first", "counts"))
    places = b.scratch(x.shape, "int32", "T_unique_inverse")
    total = b.compute((1,), lambda *_: 0, "int32", name="T_unique_total")
    groups = b.compute((1,), lambda *_: 0, "int64", name="groups")

    def assign(order: Tensor, n: PrimExpr) -> Stmt:
        """Elements in order: a new group begins where one is greater than the last."""
        place = order[n]
        begins = prim.if_then_else(n > 0, orders.less(x[order[n - 1]], x[place]), prim.const(True, "bool"))
        begin = sequence(store(leader, [groups[0]], place), store(groups, [0], groups[0] + 1))
        return sequence(when(begins, begin), store(group, [place], groups[0] - 1))

    def visit(place: PrimExpr) -> Stmt:
        """A group is numbered when its first element is met."""
        own = group[place]
        found = total[0].astype("int64")
        meet = sequence(
            store(number, [own], found),
            store(values, [found], x[place]),
            store(first, [found], place.astype("int32")),
            store(total, [0], total[0] + 1),
        )
        known = number[own]
        return sequence(
            when(leader[own].equal(place), meet),
            store(places, [place], known.astype("int32")),
            store(counts, [known], counts[known] + 1),
        )

    def row(_before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
        numbered = loop(x.shape[0], lambda n: visit(order[n] if params.sorted else n))
        return sequence(loop(x.shape[0], lambda n: assign(order, n)), numbered)

    orders.each_row(b, x, 0, True, row)
    found = (values, first, places, total)
    return (*found, counts) if params.return_counts else found


def _padded(values: Array, length: int) -> Array:
    return np.pad(values, (0, length - len(values)))


def _behind_distinct(params: Unique, x: Array) -> tuple[Array, ...]:
    behind = np.arange(len(x)) >= len(np.unique(x))
    known = np.zeros((), bool)
    return (behind, behind, known, known, *((behind,) if params.return_counts else ()))


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
    ),
    OpCard(
        name="unique",
        inputs=(Input("data"),),
        params=Unique,
        infer=_infer_unique,
        reference=_unique,
        lower=_lower_unique,
        undefined=_behind_distinct,
        relay=RelaySpelling(
            name="unique",
            attrs_type="relay.attrs.UniqueAttrs",
            declared=False,
            fields=(Field("sorted", Kind.BOOL, True), Field("return_counts", Kind.BOOL, False)),
        ),
    ),
)
