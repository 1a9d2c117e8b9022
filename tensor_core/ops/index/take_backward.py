"""grad.take_backward: the gradient of take in its data: the result's gradient added up at the indices.

Indices are a vector; one out of range is undefined in TVM, which writes outside the data, and adds nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
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
    Reject,
    RelaxSpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import outside, unflatten
from tensor_core.ops.rules import Array
from tensor_core.prim import Var
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class TakeBackward:
    """``axis``: along which was taken; None for the flattened data."""

    axis: int | None


def _infer(params: TakeBackward, grad: Type, x: Type, indices: Type) -> Type:
    # Relax deduces the type of x by a rule of its own, whatever the others are; this is what can be computed.
    source, places, given = rules.tensor(x, 1), rules.tensor(indices, 2), rules.tensor(grad, 0)
    wanted = places.rank + (0 if params.axis is None else source.rank - 1)
    if given.rank != wanted:
        raise Reject(f"expected {wanted} dimensions, got {rules.show(given.shape)}", 0)
    return source


def _reference(params: TakeBackward, grad: Array, x: Array, indices: Array) -> Array:
    axis = None if params.axis is None else rules.axis(params.axis, x.ndim)
    result = np.zeros_like(x).reshape(-1) if axis is None else np.zeros_like(x)
    moved = result if axis is None else np.moveaxis(result, axis, 0)
    given = grad.reshape(-1) if axis is None else np.moveaxis(grad, axis, 0)
    places = indices.reshape(-1).astype(np.int64)
    inside = (places >= 0) & (places < moved.shape[0])
    np.add.at(moved, places[inside], given[inside])
    return np.reshape(result, x.shape)


def _lower(params: TakeBackward, b: LoopBuilder, grad: Tensor, x: Tensor, indices: Tensor) -> Tensor:
    if indices.rank != 1:
        raise Reject("the indices must be a vector", 2)
    axis = None if params.axis is None else rules.axis(params.axis, x.rank)
    result = b.compute(x.shape, lambda *_: 0, x.dtype, name="take_backward")
    extent = shapes.as_expr(shapes.product(x.shape) if axis is None else x.shape[axis])

    def visit(i: tuple[Var, ...]) -> Stmt:
        index = indices[i[axis or 0]].astype("int64")
        place = unflatten(index, x.shape) if axis is None else (*i[:axis], index, *i[axis + 1 :])
        inside = prim.And(prim.const(0, "int64") <= index, index < extent)
        return when(inside, store(result, place, result[place] + grad[i]))

    b.emit(nest(grad.shape, visit))
    return result


def _expand(params: TakeBackward, f: Fragment[Any], grad: Any, x: Any, indices: Any) -> Any:
    """The adjoint's slices, with the axis in front, added to zeros."""
    source, places = f.tensor_type(x), f.tensor_type(indices)
    if places.rank != 1:
        raise Reject("the indices must be a vector", 2)
    if any(isinstance(dim, shapes.AnyDim) for dim in (*source.shape, *places.shape)):
        raise Reject("it needs dimensions that are known")
    shape = source.shape if params.axis is not None else (shapes.product(source.shape),)
    axis = rules.axis(params.axis or 0, len(shape))
    front = (axis, *(n for n in range(len(shape)) if n != axis))
    back = tuple(front.index(n) for n in range(len(shape)))
    rows = f.call("zeros", shape=tuple(shape[n] for n in front), dtype=source.dtype)
    places = f.call("reshape", indices, shape=(1, places.shape[0]))
    moved = f.call("transpose", grad, axes=front) if axis else grad
    total = f.call("scatter_nd", rows, places, moved, mode="add")
    if params.axis is None:
        return f.call("reshape", total, shape=source.shape)
    return f.call("transpose", total, axes=back) if axis else total


def _gradient(params: TakeBackward, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.call("take", args[2], axis=params.axis), None, None]


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"axis": attrs["axis"]}


def _write_first(params: TakeBackward, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"axis": params.axis}


def _write(params: TakeBackward, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    # The creator does not take the mode and leaves it at the default of the struct.
    return {"axis": params.axis, "mode": "fast"}


def _factor(params: TakeBackward, grad: TensorType, x: TensorType, indices: TensorType) -> float:
    del params, grad, x
    count = shapes.product(indices.shape)
    return float(count) if isinstance(count, int) else 65536.0


def _magnitude(params: TakeBackward, grad: Array, x: Array, indices: Array) -> Array:
    return _reference(params, np.abs(grad), x, indices)


_OPERANDS = (Operand("output_grad"), Operand("x"), Operand("indices"))
_AXIS = Field("axis", Kind.INT, None, optional=True)


def _draw(d: Draw) -> Drawn:
    shape, dtype, count = d.shape(1), d.one_of(*draw.NUMBERS), d.integer(1, 6)
    axis = d.some(lambda: d.axis(len(shape)))
    taken = list(shape)
    taken[axis or 0] = count
    grad = TensorType((count,) if axis is None else tuple(taken), dtype)
    indices = TensorType((count,), d.one_of("int64", "int32"))
    extent = math.prod(shape) if axis is None else shape[axis]
    return Drawn(TakeBackward(axis), (grad, TensorType(shape, dtype), indices), {2: Domain(0.0, extent - 1.0)})


def _undefined(params: TakeBackward, grad: Array, x: Array, indices: Array) -> Array:
    del grad
    return np.asarray(np.any(outside(indices, x.size if params.axis is None else x.shape[params.axis])))


CARD = OpCard(
    name="grad.take_backward",
    inputs=(Input("output_grad"), Input("x"), Input("indices", Domain(0.0, 3.0))),
    params=TakeBackward,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivatives(_gradient),
    relax=(
        RelaxSpelling(
            name="relax.grad.take_backward",
            operands=_OPERANDS,
            attrs_type="relax.attrs.TakeAttrs",
            fields=(_AXIS,),
            until="0.22",
            write=_write_first,
        ),
        RelaxSpelling(
            name="relax.grad.take_backward",
            operands=_OPERANDS,
            attrs_type="relax.attrs.TakeAttrs",
            fields=(_AXIS, Field("mode", Kind.STR, "fast")),
            since="0.22",
            read=_read,
            write=_write,
        ),
    ),
    error=Rounding(factor=_factor, magnitude=_magnitude),
    draw=_draw,
    undefined=_undefined,
)
