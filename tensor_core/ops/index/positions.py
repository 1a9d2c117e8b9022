"""argwhere, unravel_index, adv_index and invert_permutation: positions of elements, and elements at positions.

adv_index indexes the leading dimensions as NumPy does, except that positions must not be negative; what one out of
range gives is not defined in TVM 0.19, here it is the nearest element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Domain, Input, Law, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.indexing import broadcast_index, index_domain, outside
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import ANY, Shape
from tensor_core.types import TensorType, TupleType, Type

# ---- argwhere


def _infer_argwhere(_params: NoParams, condition: Type) -> Type:
    return TensorType((ANY, rules.tensor(condition, 0).rank), "int32")


def _argwhere(_params: NoParams, condition: Array) -> Array:
    # TVM compares in order, so that NaN is no true value.
    return np.argwhere((condition != 0) & (condition == condition)).astype(np.int32)


# ---- unravel_index


def _infer_unravel(_params: NoParams, indices: Type, shape: Type) -> Type:
    source, dims = rules.integers(indices, 0), rules.integers(shape, 1)
    if dims.rank != 1:
        raise Reject(f"the shape must be a vector, got {rules.show(dims.shape)}", 1)
    # TVM 0.19 types more than one dimension of indices by the first alone, and computes nothing for them.
    return TensorType((*dims.shape, *source.shape[:1]), source.dtype)


def _unravel(_params: NoParams, indices: Array, shape: Array) -> Array:
    if indices.ndim > 1:
        raise ValueError(f"the indices must be a scalar or a vector, not of shape {indices.shape}")
    rest, rows = indices, [indices] * len(shape)
    for n in reversed(range(len(shape))):
        rows[n], rest = rest % shape[n], rest // shape[n]
    return np.stack(rows).astype(indices.dtype)


def _lower_unravel(_params: NoParams, b: LoopBuilder, indices: Tensor, shape: Tensor) -> Tensor:
    if indices.rank > 1:
        raise Reject("the indices must be a scalar or a vector", 0)
    count = rules.known_length(TensorType(shape.shape, shape.dtype), 1)

    def element(row: PrimExpr, *place: PrimExpr) -> PrimExpr:
        rest, result = indices[place], prim.const(0, indices.dtype)
        for n in reversed(range(count)):
            extent = shape[n].astype(indices.dtype)
            rest, result = rest // extent, prim.select(row.equal(n), rest % extent, result)
        return result

    return b.compute((count, *indices.shape), element, name="T_unravel")


def _expand_unravel(_params: NoParams, f: Fragment[Any], indices: Any, shape: Any) -> Any:
    known, own = f.known(shape), f.tensor_type(indices)
    if known is None or own.rank > 1:
        raise Reject("the extents are computed, or the indices no vector")
    rest, rows = indices, [indices] * len(known)
    for n in reversed(range(len(known))):
        extent = f.constant(int(known[n]), own.dtype)
        rows[n] = f.call("floor_mod", rest, extent)
        rest = f.call("floor_divide", rest, extent) if n else rest
    return f.call("stack", f.tuple(*rows), axis=0)


# ---- adv_index


def _positions(types: tuple[TensorType, ...]) -> Shape:
    if len(types) < 2:
        raise Reject("at least one tensor of positions is needed", 0)
    if len(types) - 1 > types[0].rank:
        raise Reject(f"{len(types) - 1} tensors of positions are given for {types[0].rank} dimensions", 0)
    result = types[1].shape
    for item in types[2:]:
        result = rules.broadcast_shape(result, item.shape, 0)
    return result


def _infer_adv(_params: NoParams, inputs: Type) -> Type:
    types = rules.tensors(inputs, 0)
    return TensorType((*_positions(types), *types[0].shape[len(types) - 1 :]), types[0].dtype)


def _adv(_params: NoParams, inputs: tuple[Array, ...]) -> Array:
    x, *places = inputs
    inside = (np.clip(place.astype(np.int64), 0, extent - 1) for place, extent in zip(places, x.shape, strict=False))
    return x[tuple(inside)]


def _lower_adv(_params: NoParams, b: LoopBuilder, inputs: tuple[Tensor, ...]) -> Tensor:
    x, *places = inputs
    outer = _positions(tuple(TensorType(item.shape, item.dtype) for item in inputs))

    def element(*i: PrimExpr) -> PrimExpr:
        at: list[PrimExpr] = []
        for place, extent in zip(places, x.shape, strict=False):
            index = place[broadcast_index(i[: len(outer)], place.shape)].astype("int64")
            at.append(prim.Max(prim.Min(index, shapes.as_expr(extent) - 1), prim.const(0, "int64")))
        return x[(*at, *i[len(outer) :])]

    return b.compute((*outer, *x.shape[len(places) :]), element, name="T_adv_index")


# ---- invert_permutation


def _check_vector(rank: int) -> None:
    # TVM 0.19 looks at this only when it makes a kernel.
    if not rank:
        raise Reject("a permutation has a dimension", 0)


def _invert(_params: NoParams, x: Array) -> Array:
    _check_vector(x.ndim)
    result = np.zeros_like(x)
    result[x.astype(np.int64)] = np.arange(len(x))
    return result


def _lower_invert(_params: NoParams, b: LoopBuilder, x: Tensor) -> Tensor:
    _check_vector(x.rank)
    result = b.compute(x.shape, lambda *_: 0, x.dtype, name="T_invert_permutation")
    extent = shapes.as_expr(x.shape[0])

    def visit(n: Var) -> Stmt:
        place = x[n].astype("int64")
        inside = prim.And(prim.const(0, "int64") <= place, place < extent)
        return when(inside, store(result, (place,), n.astype(x.dtype)))

    b.emit(loop(x.shape[0], visit))
    return result


def _expand_invert(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    known, dtype = f.known(data), f.tensor_type(data).dtype
    if known is not None and sorted(known.tolist()) == list(range(len(known))):
        return f.constant(np.argsort(known), dtype)
    if dtype not in ("int32", "int64"):
        raise Reject(f"positions of type {dtype} cannot be sorted")
    return f.call("argsort", data, axis=0, is_ascend=True, dtype=dtype)


def _draw_argwhere(d: Draw) -> Drawn:
    return Drawn(NoParams(), (TensorType(d.any_shape(1), d.one_of(*draw.EVERY)),))


def _draw_unravel(d: Draw) -> Drawn:
    type_, dims = draw.known(d, d.shape(1))
    indices = TensorType(d.any_shape(0, 1), type_.dtype)
    return Drawn(NoParams(), (indices, type_), {0: Domain(0.0, float(dims.prod()) - 1)}, {1: dims})


def draw_positions(d: Draw, count: int) -> tuple[TensorType, ...]:
    """So many tensors of positions that broadcast together."""
    outer = d.shape(0, 2, most=3)
    return tuple(TensorType(d.narrowed(outer), d.one_of("int64", "int32")) for _ in range(count))


def _draw_adv(d: Draw) -> Drawn:
    shape = d.shape(1)
    count = d.integer(1, len(shape))
    inputs = (TensorType(shape, d.one_of(*draw.EVERY)), *draw_positions(d, count))
    return Drawn(NoParams(), (TupleType(inputs),), {0: index_domain(d, min(shape[:count]))})


def astray(shape: tuple[int, ...], places: Sequence[Array]) -> Array:
    """Which elements stand at positions that lie outside."""
    wrong = np.any(np.broadcast_arrays(*map(outside, places, shape)), axis=0)
    return np.expand_dims(wrong, tuple(range(wrong.ndim, wrong.ndim + len(shape) - len(places))))


def _undefined_adv(_params: NoParams, inputs: tuple[Array, ...]) -> Array:
    return astray(inputs[0].shape, inputs[1:])


def _draw_invert(d: Draw) -> Drawn:
    type_, order = draw.known(d, d.permutation(d.integer(1, 8)))
    return Drawn(NoParams(), (type_,), values={0: order})


CARDS = (
    OpCard(
        name="argwhere",
        inputs=(Input("condition"),),
        params=NoParams,
        infer=_infer_argwhere,
        reference=_argwhere,
        relay=RelaySpelling(name="argwhere"),
        draw=_draw_argwhere,
    ),
    OpCard(
        name="unravel_index",
        inputs=(Input("data", Domain(0.0, 8.0)), Input("shape", Domain(1.0, 4.0))),
        params=NoParams,
        infer=_infer_unravel,
        reference=_unravel,
        lower=_lower_unravel,
        expand=_expand_unravel,
        relay=RelaySpelling(name="unravel_index"),
        pattern=Pattern.INJECTIVE,
        draw=_draw_unravel,
    ),
    OpCard(
        name="adv_index",
        inputs=(Input("inputs", Domain(0.0, 1.0), variadic=True),),
        params=NoParams,
        infer=_infer_adv,
        reference=_adv,
        lower=_lower_adv,
        relay=RelaySpelling(name="adv_index"),
        pattern=Pattern.INJECTIVE,
        draw=_draw_adv,
        undefined=_undefined_adv,
    ),
    OpCard(
        name="invert_permutation",
        inputs=(Input("data"),),
        params=NoParams,
        infer=rules.identity,
        reference=_invert,
        lower=_lower_invert,
        expand=_expand_invert,
        relay=RelaySpelling(name="invert_permutation"),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.INVOLUTION}),
        draw=_draw_invert,
    ),
)
