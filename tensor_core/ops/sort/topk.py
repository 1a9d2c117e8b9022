"""topk: the k first elements along an axis in order, their positions, or both.

``k`` below 1 takes all. Equal elements keep their order. In dyn.topk the number is an operand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store
from tensor_core.loops.nodes import Stmt
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
from tensor_core.ops.dynamic import numbers
from tensor_core.ops.rules import Array
from tensor_core.prim import Var
from tensor_core.shapes import ANY, Dim
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class TopK:
    """``ret_type``: values, indices, or both as a tuple; ``is_ascend``: the smallest elements, not the largest."""

    k: int | None
    axis: int
    ret_type: str
    is_ascend: bool
    dtype: str


def _result(params: TopK, source: TensorType, count: Dim) -> Type:
    axis = rules.axis(params.axis, source.rank, 0)
    shape = (*source.shape[:axis], count, *source.shape[axis + 1 :])
    values, places = TensorType(shape, source.dtype), TensorType(shape, params.dtype)
    if params.ret_type != "values":
        rules.known_dtype(params.dtype)
    match params.ret_type:
        case "both":
            return TupleType((values, places))
        case "values":
            return values
        case "indices":
            return places
        case _:
            raise Reject(f"ret_type {params.ret_type!r} is none of both, values, indices")


def _infer(params: TopK, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if params.k is None:
        raise Reject("topk needs k")
    return _result(params, source, source.shape[rules.axis(params.axis, source.rank, 0)] if params.k < 1 else params.k)


def _infer_dyn(params: TopK, data: Type, k: Type) -> Type:
    if rules.tensor(k, 1).shape not in ((), (1,)):
        raise Reject(f"k must be a scalar or one number, got {k}", 1)
    return _result(params, rules.tensor(data, 0), ANY)


def _top(params: TopK, x: Array, k: int) -> Array | tuple[Array, Array]:
    axis = rules.axis(params.axis, x.ndim)
    count = x.shape[axis] if k < 1 else k
    if count > x.shape[axis]:
        raise ValueError(f"{count} elements are asked for of {x.shape[axis]}")
    places = np.take(orders.order(x, axis, params.is_ascend), np.arange(count), axis)
    values, places = np.take_along_axis(x, places, axis), places.astype(dtypes.to_numpy(params.dtype or "int32"))
    return {"both": (values, places), "values": values, "indices": places}[params.ret_type]


def _reference(params: TopK, x: Array) -> Array | tuple[Array, Array]:
    assert params.k is not None
    return _top(params, x, params.k)


def _reference_dyn(params: TopK, x: Array, k: Array) -> Array | tuple[Array, Array]:
    return _top(params, x, int(k.item()))


def _lower(params: TopK, b: LoopBuilder, x: Tensor) -> Tensor | tuple[Tensor, ...]:
    assert params.k is not None
    axis = rules.axis(params.axis, x.rank)
    extent = x.shape[axis]
    count = extent if params.k < 1 else params.k
    if isinstance(extent, int) and isinstance(count, int) and count > extent:
        raise Reject(f"{count} elements are asked for of {extent}")
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    names = ("values", "indices") if params.ret_type == "both" else (params.ret_type,)
    kinds = {"values": x.dtype, "indices": params.dtype or "int32"}
    results = tuple(b.scratch(shape, kinds[name], f"T_topk_{name}") for name in names)

    def row(before: tuple[Var, ...], behind: tuple[Var, ...], order: Tensor) -> Stmt:
        def step(n: Var) -> Stmt:
            found = {"values": x[(*before, order[n], *behind)], "indices": order[n].astype(params.dtype or "int32")}
            pairs = zip(results, names, strict=True)
            return sequence(*(store(result, (*before, n, *behind), found[name]) for result, name in pairs))

        return loop(count, step)

    orders.each_row(b, x, axis, params.is_ascend, row)
    return results if params.ret_type == "both" else results[0]


def _undefined(params: TopK, x: Array, *_k: Array) -> Array:
    return orders.undefined(x, params.axis)


def _expand_dyn(params: TopK, f: Fragment[Any], data: Any, k: Any) -> Any:
    (count,) = numbers(f, k)
    return f.call("topk", data, **{**asdict(params), "k": count, "dtype": params.dtype or "int32"})


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    kept = {name: attrs[name] for name in ("k", "axis", "ret_type", "dtype")}
    return {**kept, "is_ascend": not attrs["largest"]}


def _write_relax(params: TopK, _types: Sequence[Type]) -> Mapping[str, Value]:
    kept = {"k": params.k, "axis": params.axis, "ret_type": params.ret_type}
    return {**kept, "largest": not params.is_ascend, "dtype": params.dtype or "int32"}


_FIELDS = (
    Field("k", Kind.INT, optional=True, python=1),
    Field("axis", Kind.INT, -1),
    Field("ret_type", Kind.STR, "both"),
    Field("is_ascend", Kind.BOOL, False),
    Field("dtype", Kind.DTYPE, "", python="int32"),
)


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    axis = d.axis(source.rank)
    count = d.integer(0, shapes.static(source.shape)[axis])
    params = TopK(count, axis, d.one_of("both", "values", "indices"), d.flag(), d.one_of("int32", "int64"))
    return Drawn(params, (source,))


def _draw_dyn(d: Draw) -> Drawn:
    drawn = _draw(d)
    type_, count = draw.known(d, d.one_of(drawn.params.k, [drawn.params.k]))
    return Drawn(replace(drawn.params, k=None), (*drawn.types, type_), values={1: count})


def _margin(params: TopK, x: Array) -> Any:
    return _margins(params, x, params.k or 0)


def _margin_dyn(params: TopK, x: Array, k: Array) -> Any:
    return _margins(params, x, int(k.item()))


def _margins(params: TopK, x: Array, k: int) -> Any:
    """Of the positions; values do not jump."""
    axis = params.axis
    ranking = margins.ranking(x, axis) if params.is_ascend else np.flip(margins.ranking(x, axis), axis)
    places = np.take(ranking, range(x.shape[axis] if k < 1 else k), axis)
    never = np.asarray(np.inf)
    return {"both": (never, places), "values": never, "indices": places}[params.ret_type]


CARDS = (
    OpCard(
        name="topk",
        inputs=(Input("data"),),
        params=TopK,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        undefined=_undefined,
        relay=RelaySpelling(name="topk", attrs_type="relay.attrs.TopkAttrs", fields=_FIELDS),
        relax=(
            RelaxSpelling(
                name="relax.topk",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.TopKAttrs",
                fields=(
                    Field("k", Kind.INT, 1),
                    Field("axis", Kind.INT, -1),
                    Field("ret_type", Kind.STR, "both"),
                    Field("largest", Kind.BOOL, True),
                    Field("dtype", Kind.DTYPE, "int32"),
                ),
                read=_read_relax,
                write=_write_relax,
            ),
        ),
        draw=_draw,
        margin=_margin,
    ),
    OpCard(
        name="dyn.topk",
        inputs=(Input("data"), Input("k", Domain(1.0, 1.0))),
        params=TopK,
        infer=_infer_dyn,
        reference=_reference_dyn,
        expand=_expand_dyn,
        undefined=_undefined,
        relay=RelaySpelling(name="dyn.topk", attrs_type="relay.attrs.TopkAttrs", fields=_FIELDS),
        draw=_draw_dyn,
        margin=_margin_dyn,
    ),
)
