"""sparse_to_dense, sparse_reshape, sparse_fill_empty_rows: sparse tensors as rows of coordinates and their values.

Of several values at one place the last counts; a coordinate out of range names no place. In dyn.sparse_to_dense the
result's shape is an operand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, NoParams, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.dynamic import numbers
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import ANY, Shape, as_expr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class ToDense:
    """``output_shape``: the result's shape."""

    output_shape: tuple[int, ...]


def _signed(type_: Type, argument: int) -> TensorType:
    result = rules.tensor(type_, argument)
    if not dtypes.is_signed_int(result.dtype):
        raise Reject(f"expected signed integers, got {result.dtype}", argument)
    return result


# ---- sparse_to_dense


def _dense(indices: Type, values: Type, default: Type, shape: Shape) -> Type:
    held = rules.tensor(values, 1)
    for argument, (item, most) in enumerate(((_signed(indices, 0), 3), (held, 2), (rules.tensor(default, 2), 0))):
        if item.rank > most:
            raise Reject(f"at most {most} dimensions are possible, got {rules.show(item.shape)}", argument)
    return TensorType(shape, held.dtype)


def _infer_dense(params: ToDense, indices: Type, values: Type, default: Type) -> Type:
    return _dense(indices, values, default, params.output_shape)


def _infer_dyn(_params: NoParams, indices: Type, values: Type, default: Type, shape: Type) -> Type:
    return _dense(indices, values, default, (ANY,) * rules.known_length(shape, 3))


def _filled(indices: Array, values: Array, default: Array, shape: tuple[int, ...]) -> Array:
    result = np.full(shape, default, values.dtype)
    rows = indices.reshape(-1, indices.shape[-1] if indices.ndim > 1 else 1)
    coordinates: list[list[int]] = rows.tolist()
    held: Array = np.broadcast_to(values, len(rows))
    for row, value in zip(coordinates, held, strict=True):
        if all(0 <= at < extent for at, extent in zip(row, shape, strict=False)):
            result[tuple(row)] = value
    return result


def _to_dense(params: ToDense, indices: Array, values: Array, default: Array) -> Array:
    return _filled(indices, values, default, params.output_shape)


def _lower_dense(params: ToDense, b: LoopBuilder, indices: Tensor, values: Tensor, default: Tensor) -> Tensor:
    result = b.compute(params.output_shape, lambda *_: default[()], values.dtype, name="T_sparse_to_dense")
    count = indices.shape[1] if indices.rank > 1 else 1
    if not isinstance(count, int):
        raise Reject("the number of coordinates is not known", 0)

    def visit(row: tuple[Var, ...]) -> Stmt:
        own = row[: min(indices.rank, 1)]
        place = [indices[(*own, n) if indices.rank > 1 else own].astype("int64") for n in range(count)]
        value = values[row[: values.rank]]
        bounds = zip(place, params.output_shape, strict=False)
        inside = [prim.And(prim.const(0, "int64") <= at, at < extent) for at, extent in bounds]
        rest = params.output_shape[count:]
        return when(prim.all_of(inside), nest(rest, lambda i: store(result, (*place, *i), value)))

    b.emit(nest(indices.shape[:1], visit))
    return result


def _dyn_to_dense(_params: NoParams, indices: Array, values: Array, default: Array, shape: Array) -> Array:
    return _filled(indices, values, default, tuple(map(int, shape)))


def _expand_dyn(_params: NoParams, f: Fragment[Any], indices: Any, values: Any, default: Any, shape: Any) -> Any:
    return f.call("sparse_to_dense", indices, values, default, output_shape=numbers(f, shape))


# ---- sparse_reshape


def _infer_reshape(_params: NoParams, indices: Type, old: Type, new: Type) -> Type:
    places, before, after = _signed(indices, 0), _signed(old, 1), _signed(new, 2)
    for argument, (item, rank) in enumerate(((places, 2), (before, 1), (after, 1))):
        if item.rank != rank:
            raise Reject(f"expected {rank} dimensions, got {rules.show(item.shape)}", argument)
    return TupleType((TensorType((places.shape[0], after.shape[0]), places.dtype), after))


def _reshape(_params: NoParams, indices: Array, old: Array, new: Array) -> tuple[Array, Array]:
    known = int(np.prod(new[new != -1], dtype=np.int64))
    shape = np.where(new == -1, int(np.prod(old, dtype=np.int64)) // max(known, 1), new)
    if np.array_equal(shape, old):
        # TVM leaves coordinates alone then, also where they are out of range.
        return indices.copy(), shape.astype(new.dtype)
    flat = np.zeros(len(indices), np.int64)
    for n, extent in enumerate(old):
        flat = flat * extent + indices[:, n]
    columns: list[Array] = []
    for extent in shape[:0:-1]:
        flat, column = np.divmod(flat, extent)
        columns.append(column)
    places = np.stack([flat, *reversed(columns)], axis=1)
    return places.astype(indices.dtype), shape.astype(new.dtype)


def _lower_reshape(
    _params: NoParams, b: LoopBuilder, indices: Tensor, old: Tensor, new: Tensor
) -> tuple[Tensor, Tensor]:
    before, after = old.shape[0], new.shape[0]
    total, known, flat = (b.local(name) for name in ("total", "known", "flat"))
    shape, same = b.scratch((after,), "int64", "shape"), b.local("same")

    def extent(n: Var) -> PrimExpr:
        return new[n].astype("int64")

    def resolved(n: Var) -> Stmt:
        rest = total.value // prim.Max(known.value, as_expr(1))
        return store(shape, (n,), prim.select(extent(n).equal(-1), rest, extent(n)))

    def compared(n: Var) -> Stmt:
        return when(prim.Not(shape[n].equal(old[n].astype("int64"))), same.set(0))

    # TVM leaves coordinates alone where the shape stays, also where they are out of range.
    b.emit(
        sequence(
            total.set(1),
            loop(before, lambda n: total.set(total.value * old[n].astype("int64"))),
            known.set(1),
            loop(after, lambda n: known.set(known.value * prim.select(extent(n).equal(-1), as_expr(1), extent(n)))),
            loop(after, resolved),
            same.set(prim.select(prim.EQ(as_expr(before), as_expr(after)), as_expr(1), as_expr(0))),
            when(same.value.equal(1), loop(after, compared)),
        )
    )
    places = b.scratch((indices.shape[0], after), indices.dtype, "T_sparse_reshape")

    def row(n: Var) -> Stmt:
        def outwards(k: Var) -> Stmt:
            at = as_expr(after) - 1 - k
            value = prim.select(as_expr(0) < at, flat.value % shape[at], flat.value)
            rest = prim.select(as_expr(0) < at, flat.value // shape[at], flat.value)
            return sequence(store(places, (n, at), value.astype(indices.dtype)), flat.set(rest))

        steps = sequence(
            flat.set(0),
            loop(before, lambda k: flat.set(flat.value * old[k].astype("int64") + indices[n, k].astype("int64"))),
            loop(after, outwards),
        )
        return when(same.value.equal(1), loop(after, lambda k: store(places, (n, k), indices[n, k])), steps)

    b.emit(loop(indices.shape[0], row))
    return places, b.compute((after,), lambda *i: shape[i].astype(new.dtype), name="T_new_shape")


# ---- sparse_fill_empty_rows


def _infer_fill(_params: NoParams, indices: Type, *rest: Type) -> Type:
    places = rules.tensor(indices, 0)
    for argument, type_ in enumerate(rest, 1):
        rules.tensor(type_, argument)
    if places.rank != 2:
        raise Reject(f"expected rows of coordinates, got {rules.show(places.shape)}", 0)
    some = TensorType((ANY,), "int64")
    return TupleType((TensorType((ANY, places.shape[1]), "int64"), some, some))


def _fill(_params: NoParams, indices: Array, values: Array, shape: Array, default: Array) -> tuple[Array, Array, Array]:
    rows = int(shape[0])
    empty = np.ones(rows, np.int64)
    empty[indices[:, 0].astype(np.int64)] = 0
    missing = np.flatnonzero(empty)
    added = np.zeros((len(missing), indices.shape[1]), np.int64)
    added[:, 0] = missing
    every = np.concatenate([indices.astype(np.int64), added])
    filled = np.concatenate([values.astype(np.int64), np.full(len(missing), default.reshape(-1)[0], np.int64)])
    order = np.argsort(every[:, 0], kind="stable")
    return every[order], filled[order], empty


_INDEX = Input("sparse_indices", Domain(0.0, 1.0))


def _draw_dense(d: Draw) -> Drawn:
    count, dtype = d.integer(1, 5), d.one_of(*draw.NUMBERS)
    shape = d.shape(1, 3)
    places = (count, len(shape)) if len(shape) > 1 else d.one_of((count,), (count, 1), ())
    values = (count,) if places and d.flag() else ()
    types = (TensorType(places, d.one_of("int64", "int32")), TensorType(values, dtype), TensorType((), dtype))
    return Drawn(ToDense(shape), types, {0: Domain(0.0, min(shape) - 1.0)})


def _draw_dyn(d: Draw) -> Drawn:
    drawn = _draw_dense(d)
    type_, shape = draw.known(d, drawn.params.output_shape)
    return Drawn(NoParams(), (*drawn.types, type_), drawn.domains, {3: shape})


def _draw_reshape(d: Draw) -> Drawn:
    factors = d.shape(1, 3, most=4)
    old, new = list(d.grouped(factors)), list(d.grouped(factors))
    domain = Domain(0.0, min(old) - 1.0)
    if d.flag():
        new[d.integer(0, len(new) - 1)] = -1
    places = TensorType((d.integer(1, 5), len(old)), "int64")
    shapes = (np.asarray(old, np.int64), np.asarray(new, np.int64))
    types = (places, *(TensorType(shape.shape, "int64") for shape in shapes))
    return Drawn(NoParams(), types, {0: domain}, dict(enumerate(shapes, 1)))


def _draw_fill(d: Draw) -> Drawn:
    shape, count = d.shape(1, 3), d.integer(1, 5)
    operand = np.asarray(shape, np.int64)
    rows, held = TensorType((count, len(shape)), "int64"), TensorType((count,), "int64")
    types = (rows, held, TensorType(operand.shape, "int64"), TensorType(d.one_of((), (1,)), "int64"))
    return Drawn(NoParams(), types, {0: Domain(0.0, min(shape) - 1.0)}, {2: operand})


CARDS = (
    OpCard(
        name="sparse_to_dense",
        inputs=(_INDEX, Input("sparse_values"), Input("default_value")),
        params=ToDense,
        infer=_infer_dense,
        reference=_to_dense,
        lower=_lower_dense,
        relay=RelaySpelling(
            name="sparse_to_dense",
            attrs_type="relay.attrs.SparseToDenseAttrs",
            fields=(Field("output_shape", Kind.INTS),),
        ),
        draw=_draw_dense,
    ),
    OpCard(
        name="dyn.sparse_to_dense",
        inputs=(_INDEX, Input("sparse_values"), Input("default_value"), Input("output_shape", Domain(2.0, 4.0))),
        params=NoParams,
        infer=_infer_dyn,
        reference=_dyn_to_dense,
        expand=_expand_dyn,
        relay=RelaySpelling(name="dyn.sparse_to_dense"),
        draw=_draw_dyn,
    ),
    OpCard(
        name="sparse_reshape",
        inputs=(_INDEX, Input("prev_shape"), Input("new_shape")),
        params=NoParams,
        infer=_infer_reshape,
        reference=_reshape,
        lower=_lower_reshape,
        relay=RelaySpelling(name="sparse_reshape"),
        pattern=Pattern.INJECTIVE,
        draw=_draw_reshape,
    ),
    OpCard(
        name="sparse_fill_empty_rows",
        inputs=(_INDEX, Input("sparse_values"), Input("dense_shape"), Input("default_value")),
        params=NoParams,
        infer=_infer_fill,
        reference=_fill,
        relay=RelaySpelling(name="sparse_fill_empty_rows"),
        draw=_draw_fill,
    ),
)
