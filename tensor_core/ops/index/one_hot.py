"""one_hot: a new dimension in which the element at the index is the on value and all others the off value.

An index out of range selects nothing. In dyn.one_hot the new dimension's size is an operand. Relax has the two values
as scalars, whose element type is the result's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
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
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.dynamic import numbers
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import ANY, Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class OneHot:
    """``depth``: the size of the new dimension, which stands at ``axis`` (-1: last); ``dtype``: the result's."""

    depth: int
    axis: int
    dtype: str


def _place(params: OneHot, rank: int) -> int:
    place = rank if params.axis == -1 else params.axis
    if not 0 <= place <= rank:
        raise Reject(f"axis {params.axis} is out of range for {rank + 1} dimensions")
    return place


def _shape(params: OneHot, indices: Shape, depth: Dim) -> Shape:
    place = _place(params, len(indices))
    return (*indices[:place], depth, *indices[place:])


def _infer(params: OneHot, indices: Type, *_values: Type) -> Type:
    if params.depth <= 0:
        raise Reject(f"depth {params.depth} must be positive")
    shape = _shape(params, rules.tensor(indices, 0).shape, params.depth)
    return TensorType(shape, rules.known_dtype(params.dtype))


def _infer_dyn(params: OneHot, indices: Type, *_values: Type) -> Type:
    return TensorType(_shape(params, rules.tensor(indices, 0).shape, ANY), rules.known_dtype(params.dtype))


def _hot(params: OneHot, indices: Array, on: Array, off: Array, depth: int) -> Array:
    place = _place(params, indices.ndim)
    numbers = np.arange(depth).reshape(-1, *[1] * (indices.ndim - place))
    chosen = np.expand_dims(indices, place) == numbers
    kind = dtypes.to_numpy(params.dtype)
    return np.where(chosen, on.astype(kind).reshape(()), off.astype(kind).reshape(()))


def _reference(params: OneHot, indices: Array, on: Array, off: Array) -> Array:
    return _hot(params, indices, on, off, params.depth)


def _reference_dyn(params: OneHot, indices: Array, on: Array, off: Array, depth: Array) -> Array:
    return _hot(params, indices, on, off, int(depth.item()))


def _expand_dyn(params: OneHot, f: Fragment[Any], indices: Any, on: Any, off: Any, depth: Any) -> Any:
    (count,) = numbers(f, depth)
    return f.call("one_hot", indices, on, off, depth=count, axis=params.axis, dtype=params.dtype)


def _lower(params: OneHot, b: LoopBuilder, indices: Tensor, on: Tensor, off: Tensor) -> Tensor:
    place = _place(params, indices.rank)

    def element(*i: PrimExpr) -> PrimExpr:
        index = indices[(*i[:place], *i[place + 1 :])]
        chosen = index.equal(i[place].astype(index.dtype))
        return prim.select(chosen, on[()].astype(params.dtype), off[()].astype(params.dtype))

    return b.compute(_shape(params, indices.shape, params.depth), element, params.dtype, name="T_one_hot")


def _gradient(params: OneHot, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    """What is chosen is told by the indices, as both values may be equal."""
    indices, on, off = args
    marks = indices.call(
        "one_hot", g.number(1), g.number(0), depth=params.depth, axis=params.axis, dtype=g.type.dtype
    )  # fmt: skip
    zero, chosen = g.zero(), marks.call("equal", g.number(1))
    every = tuple(range(len(g.shape)))
    totals = [part.call("sum", axis=every) for part in (chosen.where(g, zero), chosen.where(zero, g))]
    return [None, totals[0].in_type_of(on), totals[1].in_type_of(off)]


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    on, off = (rules.tensor(types[n], n).dtype for n in (1, 2))
    if on != off:
        raise Reject(f"the two values have different element types: {on} and {off}", 2)
    return {"depth": attrs["depth"], "axis": attrs["axis"], "dtype": on}


def _write_relax(params: OneHot, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"depth": params.depth, "axis": params.axis}


def _fits_relax(params: OneHot, types: Sequence[Type], release: str) -> str | None:
    if all(rules.tensor(types[n], n).dtype == params.dtype for n in (1, 2)):
        return None
    return f"Relax {release} gives values of the type of its operands, not {params.dtype}"


def _expand(params: OneHot, f: Fragment[Any], indices: Any, on: Any, off: Any) -> Any:
    """The same with values of the result's type, where they are known."""
    values = [f.known(item) for item in (on, off)]
    if any(value is None for value in values):
        return _chosen(params, f, indices, on, off)
    if f.tensor_type(on).dtype == f.tensor_type(off).dtype == params.dtype:
        raise Reject("the values are no known numbers of another type")
    kind = dtypes.to_numpy(params.dtype)
    cast = [f.constant(value.astype(kind).reshape(()), params.dtype) for value in values if value is not None]
    return f.call("one_hot", indices, *cast, depth=params.depth, axis=params.axis, dtype=params.dtype)


def _chosen(params: OneHot, f: Fragment[Any], indices: Any, on: Any, off: Any) -> Any:
    """A choice between two computed values."""
    own = f.tensor_type(indices)
    place = _place(params, own.rank)
    numbers = f.call("arange", start=0, stop=params.depth, step=1, dtype=own.dtype)
    if own.rank > place:
        numbers = f.call("reshape", numbers, shape=(params.depth, *[1] * (own.rank - place)))
    chosen = f.call("equal", f.call("expand_dims", indices, axis=(place,)), numbers)
    cast = [
        item if f.tensor_type(item).dtype == params.dtype else f.call("cast", item, dtype=params.dtype)
        for item in (on, off)
    ]
    return f.call("where", chosen, *cast)


def _draw(d: Draw) -> Drawn:
    """Both values are known numbers, of the result's type or of another."""
    source, depth = TensorType(d.any_shape(0, 3), d.one_of("int64", "int32", "uint8")), d.integer(1, 5)
    params = OneHot(depth, d.one_of(-1, d.integer(0, source.rank)), d.one_of(*draw.EVERY))
    dtype = d.one_of(params.dtype, "float32")
    values = {n: np.asarray(d.integer(0, 3), dtypes.to_numpy(dtype)) for n in (1, 2)}
    return Drawn(params, (source, *(TensorType((), dtype),) * 2), {0: Domain(-2.0, depth + 1.0)}, values)


def _draw_dyn(d: Draw) -> Drawn:
    drawn = _draw(d)
    type_, depth = draw.known(d, d.one_of(drawn.params.depth, [drawn.params.depth]))
    return replace(drawn, types=(*drawn.types, type_), values={**drawn.values, 3: depth})


_FIELDS = (
    Field("depth", Kind.INT, 1),
    Field("axis", Kind.INT, -1),
    Field("dtype", Kind.DTYPE, ""),
)
_INPUTS = (Input("indices", Domain(0.0, 3.0)), Input("on_value"), Input("off_value"))

CARDS = (
    OpCard(
        name="one_hot",
        inputs=_INPUTS,
        params=OneHot,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        gradient=derivatives(_gradient),
        relay=RelaySpelling(name="one_hot", attrs_type="relay.attrs.OneHotAttrs", fields=_FIELDS),
        relax=(
            RelaxSpelling(
                name="relax.one_hot",
                operands=(
                    Operand("indices"),
                    Operand("on_value", Carrier.NUMBER),
                    Operand("off_value", Carrier.NUMBER),
                ),
                attrs_type="relax.attrs.OneHotAttrs",
                fields=(Field("depth", Kind.INT), Field("axis", Kind.INT, -1)),
                read=_read_relax,
                write=_write_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw,
    ),
    OpCard(
        name="dyn.one_hot",
        inputs=(*_INPUTS, Input("depth", Domain(1.0, 4.0))),
        params=OneHot,
        infer=_infer_dyn,
        reference=_reference_dyn,
        expand=_expand_dyn,
        relay=RelaySpelling(name="dyn.one_hot", attrs_type="relay.attrs.OneHotAttrs", fields=_FIELDS),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_dyn,
    ),
)
