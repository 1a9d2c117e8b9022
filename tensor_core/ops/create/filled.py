"""Tensors of one value: zeros, ones, full, and their ``_like`` forms.

Relay keeps ``shape`` and ``dtype`` as attributes (InitOpAttrs; a void dtype means that of the fill value) and takes the
element type of ``_like`` forms from the data; Relax carries the shape as an operand and may name another element type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
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
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.elementwise import cast
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives, vanishing
from tensor_core.ops.rules import Array
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Filled:
    """The result's ``shape`` and element type."""

    shape: Shape
    dtype: str


@dataclass(frozen=True, slots=True)
class Like:
    """The result's element type; its shape is that of the data."""

    dtype: str


def _infer(params: Filled, *fill: Type) -> Type:
    _check_fill(fill, 0)
    return TensorType(params.shape, _known(params.dtype))


def _infer_like(params: Like, data: Type, *fill: Type) -> Type:
    _check_fill(fill, 1)
    return TensorType(rules.tensor(data, 0).shape, _known(params.dtype))


def _check_fill(fill: Sequence[Type], argument: int) -> None:
    if fill and rules.tensor(fill[0], argument).rank != 0:
        raise Reject(f"the fill value must be a scalar, got {fill[0]}", argument)


def _known(dtype: str) -> str:
    if not dtypes.is_known(dtype):
        raise Reject(f"no element type is called {dtype!r}")
    return dtype


def _draw(d: Draw) -> Drawn:
    return Drawn(Filled(d.any_shape(), d.one_of(*draw.EVERY)), ())


def _draw_like(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
    return Drawn(Like(d.one_of(source.dtype, *draw.EVERY)), (source,))


def _draw_full(d: Draw) -> Drawn:
    dtype = d.one_of(*draw.EVERY)
    return Drawn(Filled(d.any_shape(), d.one_of(dtype, *draw.EVERY)), (TensorType((), dtype),))


def _draw_full_like(d: Draw) -> Drawn:
    drawn = _draw_like(d)
    return Drawn(drawn.params, (*drawn.types, TensorType((), d.one_of(drawn.params.dtype, *draw.EVERY))))


def _unheld(params: Filled | Like, *args: Array) -> Array:
    return cast.unheld(params.dtype, args[-1])


def _margin(params: Filled | Like, *args: Array) -> Array:
    return cast.distance(params.dtype, args[-1])


def _filled(name: str, value: int) -> OpCard[Filled]:
    def reference(params: Filled) -> Array:
        return np.full(shapes.static(params.shape), value, dtypes.to_numpy(params.dtype))

    def lower(params: Filled, b: LoopBuilder) -> Tensor:
        return b.compute(params.shape, lambda *_: value, params.dtype, name=name)

    return OpCard(
        name=name,
        inputs=(),
        params=Filled,
        infer=_infer,
        gradient=vanishing(0),
        draw=_draw,
        reference=reference,
        lower=lower,
        relay=RelaySpelling(name=name, attrs_type="relay.attrs.InitOpAttrs", fields=_RELAY_FIELDS),
        relax=(
            RelaxSpelling(
                name=f"relax.{name}",
                operands=(Operand("shape", Carrier.SHAPE),),
                attrs_type="relax.attrs.InitAttrs",
                fields=(Field("dtype", Kind.DTYPE),),
            ),
        ),
        pattern=Pattern.ELEMENTWISE,
        error=Exact(),
    )


def _like(name: str, value: int) -> OpCard[Like]:
    def reference(params: Like, x: Array) -> Array:
        return np.full(x.shape, value, dtypes.to_numpy(params.dtype))

    def lower(params: Like, b: LoopBuilder, x: Tensor) -> Tensor:
        return b.compute(x.shape, lambda *_: value, params.dtype, name=name)

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Like,
        infer=_infer_like,
        gradient=vanishing(1),
        draw=_draw_like,
        reference=reference,
        lower=lower,
        relay=RelaySpelling(name=name, read=_read_like, write=_write_nothing),
        relax=(_relax_like(name, Operand("data")),),
        pattern=Pattern.ELEMENTWISE,
        error=Exact(),
    )


def _read_like(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"dtype": attrs.get("dtype") or rules.tensor(types[0], 0).dtype}


def _write_nothing(params: Like, types: Sequence[Type]) -> Mapping[str, Value]:
    own = rules.tensor(types[0], 0).dtype
    if params.dtype != own:
        raise Reject(f"Relay gives elements of the data's type {own}, not {params.dtype}")
    return {}


def _relax_like(name: str, *operands: Operand) -> RelaxSpelling:
    return RelaxSpelling(
        name=f"relax.{name}",
        operands=operands,
        attrs_type="relax.attrs.InitAttrs",
        fields=(Field("dtype", Kind.DTYPE, None, optional=True),),
        read=_read_like,
    )


def _read_full(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": tuple(attrs["shape"]), "dtype": attrs["dtype"] or rules.tensor(types[0], 0).dtype}


def _full(params: Filled, value: Array) -> Array:
    return np.full(shapes.static(params.shape), value, dtypes.to_numpy(params.dtype))


def _lower_full(params: Filled, b: LoopBuilder, value: Tensor) -> Tensor:
    return b.compute(params.shape, lambda *_: value[()], params.dtype, name="T_full")


def _full_like(params: Like, x: Array, value: Array) -> Array:
    return np.full(x.shape, value, dtypes.to_numpy(params.dtype))


def _lower_full_like(params: Like, b: LoopBuilder, x: Tensor, value: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *_: value[()], params.dtype, name="T_full_like")


def _gradient(params: Filled, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [g.call("sum", axis=tuple(range(len(params.shape)))).cast_as(args[0])]


def _gradient_like(_params: Like, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [None, g.call("sum", axis=tuple(range(len(g.shape)))).cast_as(args[1])]


_RELAY_FIELDS = (Field("shape", Kind.INTS), Field("dtype", Kind.DTYPE, ""))

CARDS = (
    _filled("zeros", 0),
    _filled("ones", 1),
    _like("zeros_like", 0),
    _like("ones_like", 1),
    OpCard(
        name="full",
        inputs=(Input("fill_value"),),
        params=Filled,
        infer=_infer,
        reference=_full,
        gradient=derivatives(_gradient),
        draw=_draw_full,
        undefined=_unheld,
        margin=_margin,
        lower=_lower_full,
        relay=RelaySpelling(name="full", attrs_type="relay.attrs.InitOpAttrs", fields=_RELAY_FIELDS, read=_read_full),
        relax=(
            RelaxSpelling(
                name="relax.full",
                operands=(Operand("shape", Carrier.SHAPE), Operand("fill_value")),
                attrs_type="relax.attrs.InitAttrs",
                fields=(Field("dtype", Kind.DTYPE, None, optional=True),),
                read=_read_full,
                # In TVM's Relax the fill value has none.
                gradient=vanishing(1),
            ),
        ),
        pattern=Pattern.ELEMENTWISE,
        error=Rounding(ulps=1),
    ),
    OpCard(
        name="full_like",
        inputs=(Input("data"), Input("fill_value")),
        params=Like,
        infer=_infer_like,
        reference=_full_like,
        gradient=derivatives(_gradient_like),
        draw=_draw_full_like,
        undefined=_unheld,
        margin=_margin,
        lower=_lower_full_like,
        relay=RelaySpelling(name="full_like", read=_read_like, write=_write_nothing),
        relax=(replace(_relax_like("full_like", Operand("data"), Operand("fill_value")), gradient=vanishing(2)),),
        pattern=Pattern.ELEMENTWISE,
        error=Rounding(ulps=1),
    ),
)
