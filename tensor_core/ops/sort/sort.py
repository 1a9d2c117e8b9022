"""sort and argsort: the elements along an axis in order, or their positions.

The order is stable, descending too: equal elements keep their order (TVM's contrib.sort).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, store
from tensor_core.ops import draw, margins, orders, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Operand, RelaxSpelling, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Sort:
    """``axis``: the dimension to sort along."""

    axis: int
    is_ascend: bool


@dataclass(frozen=True, slots=True)
class Argsort:
    """``dtype``: the element type of the positions."""

    axis: int
    is_ascend: bool
    dtype: str


def _infer_sort(params: Sort, data: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.axis(params.axis, source.rank, 0)
    return source


def _sort(params: Sort, x: Array) -> Array:
    return np.take_along_axis(x, orders.order(x, params.axis, params.is_ascend), rules.axis(params.axis, x.ndim))


def _infer_argsort(params: Argsort, data: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.axis(params.axis, source.rank, 0)
    return TensorType(source.shape, rules.known_dtype(params.dtype))


def _argsort(params: Argsort, x: Array) -> Array:
    return orders.order(x, params.axis, params.is_ascend).astype(dtypes.to_numpy(params.dtype))


def _lower_sort(params: Sort, b: LoopBuilder, x: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)
    result = b.scratch(x.shape, x.dtype, "T_sort")
    orders.each_row(
        b, x, axis, params.is_ascend,
        lambda before, behind, order: loop(
            x.shape[axis], lambda n: store(result, (*before, n, *behind), x[(*before, order[n], *behind)])
        ),
    )  # fmt: skip
    return result


def _lower_argsort(params: Argsort, b: LoopBuilder, x: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)
    result = b.scratch(x.shape, params.dtype, "T_argsort")
    orders.each_row(
        b, x, axis, params.is_ascend,
        lambda before, behind, order: loop(
            x.shape[axis], lambda n: store(result, (*before, n, *behind), order[n].astype(params.dtype))
        ),
    )  # fmt: skip
    return result


def _undefined(params: Sort | Argsort, x: Array) -> Array:
    return orders.undefined(x, params.axis)


def _read_sort(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"axis": attrs["axis"], "is_ascend": attrs["is_ascend"]}


def _read_relax_argsort(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {**orders.read_relax(attrs, types), "dtype": attrs["dtype"]}


def _write_relax_argsort(params: Argsort, types: Sequence[Type]) -> Mapping[str, Value]:
    return {**orders.write_relax(params, types), "dtype": params.dtype}


_AXIS = Field("axis", Kind.INT, -1)
_DESCENDING = Field("descending", Kind.BOOL, False)


def _draw_sort(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    return Drawn(Sort(d.axis(source.rank), not d.flag()), (source,))


def _draw_argsort(d: Draw) -> Drawn:
    sort = _draw_sort(d)
    return Drawn(Argsort(sort.params.axis, sort.params.is_ascend, d.one_of("int32", "int64", "float32")), sort.types)


def _margin(params: Argsort, x: Array) -> Array:
    ranking = margins.ranking(x, params.axis)
    return ranking if params.is_ascend else np.flip(ranking, params.axis)


CARDS = (
    OpCard(
        name="sort",
        inputs=(Input("data"),),
        params=Sort,
        infer=_infer_sort,
        reference=_sort,
        lower=_lower_sort,
        undefined=_undefined,
        relay=RelaySpelling(
            name="sort",
            attrs_type="relay.attrs.ArgsortAttrs",
            fields=(_AXIS, Field("is_ascend", Kind.BOOL, True), Field("dtype", Kind.DTYPE, "", param=None)),
            read=_read_sort,
        ),
        relax=(
            RelaxSpelling(
                name="relax.sort",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.SortAttrs",
                fields=(_AXIS, _DESCENDING),
                read=orders.read_relax,
                write=orders.write_relax,
            ),
        ),
        laws=frozenset({Law.IDEMPOTENT}),
        draw=_draw_sort,
    ),
    OpCard(
        name="argsort",
        inputs=(Input("data"),),
        params=Argsort,
        infer=_infer_argsort,
        reference=_argsort,
        lower=_lower_argsort,
        undefined=_undefined,
        relay=RelaySpelling(
            name="argsort",
            attrs_type="relay.attrs.ArgsortAttrs",
            fields=(_AXIS, Field("is_ascend", Kind.BOOL, True), Field("dtype", Kind.DTYPE, "", python="int32")),
        ),
        relax=(
            RelaxSpelling(
                name="relax.argsort",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.ArgsortAttrs",
                fields=(_AXIS, _DESCENDING, Field("dtype", Kind.DTYPE, "int32")),
                read=_read_relax_argsort,
                write=_write_relax_argsort,
            ),
        ),
        draw=_draw_argsort,
        margin=_margin,
    ),
)
