"""collapse_sum_like and collapse_sum_to: the sum over the dimensions along which the result was broadcast.

They undo broadcasting in gradients. The target of collapse_sum_to is a tensor of dimensions; Relay's attribute repeats
it where it is a constant, else the result's dimensions are open. Relax has a shape in its place: that is a card of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Field,
    Input,
    Kind,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class CollapseTo:
    """``shape``: the result's shape, None where only the operand's value tells."""

    shape: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class CollapseToShape:
    """``shape``: the result's shape."""

    shape: Shape


def _checked(data: TensorType, target: TensorType) -> TensorType:
    """The target, unless data is no broadcast of it."""
    whole = rules.tensor(rules.broadcast(NoParams(), data, target), 0)
    rules.unified_shape(whole.shape, data.shape, 0)
    return target


def _infer_like(_params: NoParams, data: Type, like: Type) -> Type:
    return _checked(rules.tensor(data, 0), rules.tensor(like, 1))


def _infer_to(params: CollapseTo, data: Type, shape: Type) -> Type:
    source = rules.tensor(data, 0)
    rank = rules.known_length(shape, 1)
    target: Shape = (shapes.ANY,) * rank if params.shape is None else params.shape
    return _checked(source, TensorType(target, source.dtype))


def _infer_shape(params: CollapseToShape, data: Type) -> Type:
    source = rules.tensor(data, 0)
    return _checked(source, TensorType(params.shape, source.dtype))


def _summed(own: Shape, target: Shape) -> tuple[int, ...]:
    extra = len(own) - len(target)
    inner = (extra + n for n, dim in enumerate(target) if isinstance(dim, int) and dim == 1 and own[extra + n] != 1)
    return (*range(extra), *inner)


def _collapse(x: Array, target: tuple[int, ...]) -> Array:
    return np.sum(x, axis=_summed(x.shape, target), dtype=x.dtype).reshape(target)


def _like(_params: NoParams, x: Array, like: Array) -> Array:
    return _collapse(x, like.shape)


def _to(_params: CollapseTo, x: Array, shape: Array) -> Array:
    return _collapse(x, tuple(map(int, shape)))


def _to_shape(params: CollapseToShape, x: Array) -> Array:
    return _collapse(x, shapes.static(params.shape))


def _expand(f: Fragment[Any], data: Any, target: Shape) -> Any:
    target = rules.closed(target)
    axes = _summed(f.tensor_type(data).shape, target)
    if axes:
        data = f.call("sum", data, axis=axes, keepdims=False)
    return data if f.tensor_type(data).shape == target else f.call("reshape", data, shape=target)


def _expand_like(_params: NoParams, f: Fragment[Any], data: Any, like: Any) -> Any:
    return _expand(f, data, f.tensor_type(like).shape)


def _expand_to(params: CollapseTo, f: Fragment[Any], data: Any, _shape: Any) -> Any:
    if params.shape is None:
        raise Reject("the result's shape depends on the operand's values")
    return f.call("collapse_sum_to_shape", data, shape=params.shape)


def _expand_shape(params: CollapseToShape, f: Fragment[Any], data: Any) -> Any:
    return _expand(f, data, params.shape)


def _count(data: TensorType, target: Shape) -> float:
    total, kept = shapes.product(data.shape), shapes.product(target)
    return total / max(kept, 1) if isinstance(total, int) and isinstance(kept, int) else 65536.0


def _count_like(_params: NoParams, data: TensorType, like: TensorType) -> float:
    return _count(data, like.shape)


def _count_to(params: CollapseTo, data: TensorType, _shape: TensorType) -> float:
    return _count(data, params.shape or ())


def _count_shape(params: CollapseToShape, data: TensorType) -> float:
    return _count(data, params.shape)


def _size_shape(params: CollapseToShape, x: Array) -> Array:
    return _to_shape(params, np.abs(x))


def _size_like(params: NoParams, x: Array, like: Array) -> Array:
    return _like(params, np.abs(x), like)


def _size_to(params: CollapseTo, x: Array, shape: Array) -> Array:
    return _to(params, np.abs(x), shape)


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": attrs["shape"]}


def _gradient(_params: Any, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.spread_to(args[0]), None]


def _gradient_shape(_params: Any, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [g.spread_to(args[0])]


def _drawn_shapes(d: Draw) -> tuple[TensorType, tuple[int, ...]]:
    """A tensor, and a shape that was broadcast to its."""
    shape = d.shape()
    return TensorType(shape, d.one_of(*draw.NUMBERS)), d.narrowed(shape)


def _draw_shape(d: Draw) -> Drawn:
    source, target = _drawn_shapes(d)
    return Drawn(CollapseToShape(target), (source,))


def _draw_like(d: Draw) -> Drawn:
    source, target = _drawn_shapes(d)
    return Drawn(NoParams(), (source, TensorType(target, source.dtype)))


def _draw_to(d: Draw) -> Drawn:
    source, target = _drawn_shapes(d)
    type_, operand = draw.known(d, target)
    return Drawn(CollapseTo(target if d.flag() or d.flag() else None), (source, type_), values={1: operand})


CARDS = (
    OpCard(
        name="collapse_sum_to_shape",
        inputs=(Input("data"),),
        params=CollapseToShape,
        infer=_infer_shape,
        reference=_to_shape,
        expand=_expand_shape,
        gradient=derivatives(_gradient_shape),
        relax=(
            RelaxSpelling(name="relax.collapse_sum_to", operands=(Operand("data"), Operand("shape", Carrier.SHAPE))),
        ),
        pattern=Pattern.REDUCE,
        error=Rounding(factor=_count_shape, magnitude=_size_shape),
        draw=_draw_shape,
    ),
    OpCard(
        name="collapse_sum_like",
        inputs=(Input("data"), Input("collapse_type")),
        params=NoParams,
        infer=_infer_like,
        reference=_like,
        expand=_expand_like,
        gradient=derivatives(_gradient),
        relay=RelaySpelling(name="collapse_sum_like"),
        relax=(RelaxSpelling(name="relax.collapse_sum_like", operands=(Operand("data"), Operand("collapse_type"))),),
        pattern=Pattern.REDUCE,
        error=Rounding(factor=_count_like, magnitude=_size_like),
        draw=_draw_like,
    ),
    OpCard(
        name="collapse_sum_to",
        inputs=(Input("data"), Input("shape")),
        params=CollapseTo,
        infer=_infer_to,
        reference=_to,
        expand=_expand_to,
        gradient=derivatives(_gradient),
        relay=RelaySpelling(
            name="collapse_sum_to",
            attrs_type="relay.attrs.InitOpAttrs",
            declared=False,
            fields=(Field("shape", Kind.INTS, optional=True), Field("dtype", Kind.DTYPE, "", param=None)),
            read=_read,
        ),
        pattern=Pattern.REDUCE,
        error=Rounding(factor=_count_to, magnitude=_size_to),
        draw=_draw_to,
    ),
)
