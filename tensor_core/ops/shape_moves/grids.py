"""meshgrid and sliding_window: vectors laid along the dimensions of a grid, and windows laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Operand, Pattern, Reject, RelaxSpelling, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Meshgrid:
    """``indexing``: "xy" exchanges the first two dimensions, anything else leaves them in order."""

    indexing: str


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """A window over the dimensions from ``axis`` on, ``strides`` apart along each."""

    axis: int
    window_shape: tuple[int, ...]
    strides: tuple[int, ...]


# ---- meshgrid


def _place(params: Meshgrid, n: int, count: int) -> int:
    """The dimension of the grid along which input ``n`` lies."""
    return 1 - n if params.indexing == "xy" and count >= 2 and n < 2 else n


def _grid(params: Meshgrid, own: Sequence[Shape]) -> Shape:
    places = (own[_place(params, n, len(own))] for n in range(len(own)))
    return tuple(shape[0] if shape else 1 for shape in places)


def _infer_grid(params: Meshgrid, data: Type) -> Type:
    inputs = rules.tensors(data, 0)
    for item in inputs:
        if item.dtype != inputs[0].dtype:
            raise Reject(f"inputs have different element types: {inputs[0].dtype} and {item.dtype}", 0)
        if item.rank > 1:
            raise Reject(f"inputs must be scalars or vectors, got {rules.show(item.shape)}", 0)
    shape = _grid(params, [item.shape for item in inputs])
    return TupleType(tuple(TensorType(shape, inputs[0].dtype) for _ in inputs))


def _meshgrid(params: Meshgrid, inputs: tuple[Array, ...]) -> tuple[Array, ...]:
    shape = shapes.static(_grid(params, [x.shape for x in inputs]))
    result: list[Array] = []
    for n, x in enumerate(inputs):
        place = _place(params, n, len(inputs))
        result.append(np.broadcast_to(x.reshape(-1, *[1] * (len(shape) - place - 1)), shape))
    return tuple(result)


def _lower_grid(params: Meshgrid, b: LoopBuilder, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    shape = _grid(params, [x.shape for x in inputs])

    def spread(n: int, x: Tensor) -> Tensor:
        place = _place(params, n, len(inputs))
        return b.compute(shape, lambda *i: x[(i[place],) if x.rank else ()], name="T_meshgrid")

    return tuple(spread(n, x) for n, x in enumerate(inputs))


def _expand_grid(params: Meshgrid, f: Fragment[Any], inputs: Any) -> Any:
    """Of vectors, in order; else each spread over the grid by itself."""
    types = rules.tensors(f.type_of(inputs), 0)
    count = len(types)
    items = [f.item(inputs, n) for n in range(count)]
    if any(item.rank != 1 for item in types):
        vectors = [f.call("reshape", x, shape=(1,)) if not t.rank else x for x, t in zip(items, types, strict=True)]
        return f.call("meshgrid", f.tuple(*vectors), indexing=params.indexing)
    if params.indexing == "xy" and count > 1:
        turned = f.call("meshgrid", f.tuple(items[1], items[0], *items[2:]), indexing="ij")
        return f.tuple(*(f.item(turned, _place(params, n, count)) for n in range(count)))
    shape = _grid(params, [item.shape for item in types])
    lines = (f.call("reshape", x, shape=(*types[n].shape, *[1] * (count - n - 1))) for n, x in enumerate(items))
    return f.tuple(*(f.call("broadcast_to", line, shape=shape) for line in lines))


# ---- sliding_window


def _windows(params: SlidingWindow, own: Shape) -> Shape:
    if not 0 <= params.axis < len(own):
        raise Reject(f"axis {params.axis} is out of range for {len(own)} dimensions")
    slid = own[params.axis :]
    if not len(slid) == len(params.window_shape) == len(params.strides):
        raise Reject(f"a window size and a stride are needed for each of {len(slid)} dimensions")
    if any(stride <= 0 for stride in params.strides):
        raise Reject(f"strides {params.strides} must be positive")
    counts = (
        shapes.floor_divide(shapes.add(dim, stride - window), stride)
        for dim, window, stride in zip(slid, params.window_shape, params.strides, strict=True)
    )
    return (*own[: params.axis], *counts, *params.window_shape)


def _infer_windows(params: SlidingWindow, data: Type) -> Type:
    source = rules.tensor(data, 0)
    return TensorType(_windows(params, source.shape), source.dtype)


def _slide(params: SlidingWindow, x: Array) -> Array:
    axes = tuple(range(params.axis, x.ndim))
    every = np.lib.stride_tricks.sliding_window_view(x, params.window_shape, axes)
    return every[(*[slice(None)] * params.axis, *(slice(None, None, stride) for stride in params.strides))]


def _lower_windows(params: SlidingWindow, b: LoopBuilder, x: Tensor) -> Tensor:
    def element(*i: PrimExpr) -> PrimExpr:
        begin, within = i[params.axis : x.rank], i[x.rank :]
        at = (n * stride + k for n, stride, k in zip(begin, params.strides, within, strict=True))
        return x[(*i[: params.axis], *at)]

    return b.compute(_windows(params, x.shape), element, name="T_sliding_window")


def _fits_grid(params: Meshgrid, types: Sequence[Type], release: str) -> str | None:
    inputs = rules.tensors(types[0], 0)
    if any(item.rank != 1 for item in inputs):
        return f"Relax {release} takes vectors only"
    if params.indexing == "xy" and len(inputs) > 1:
        return f"Relax {release} infers shapes whose first two dimensions are not exchanged"
    return None


def _draw_grid(d: Draw) -> Drawn:
    dtype = d.one_of(*draw.EVERY)
    inputs = tuple(TensorType(d.shape(0, 1), dtype) for _ in range(d.integer(1, 4)))
    return Drawn(Meshgrid(d.one_of("ij", "xy")), (TupleType(inputs),))


def _draw_windows(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.EVERY))
    axis = d.integer(0, source.rank - 1)
    window = tuple(d.integer(1, size) for size in shapes.static(source.shape)[axis:])
    return Drawn(SlidingWindow(axis, window, d.extents(len(window), most=3)), (source,))


CARDS = (
    OpCard(
        name="meshgrid",
        inputs=(Input("data", variadic=True),),
        params=Meshgrid,
        infer=_infer_grid,
        reference=_meshgrid,
        lower=_lower_grid,
        expand=_expand_grid,
        relay=RelaySpelling(
            name="meshgrid",
            attrs_type="relay.attrs.MeshgridAttrs",
            fields=(Field("indexing", Kind.STR, "ij"),),
        ),
        relax=(
            RelaxSpelling(
                name="relax.meshgrid",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.MeshgridAttrs",
                fields=(Field("indexing", Kind.STR, "ij"),),
                since="0.21",
                fits=_fits_grid,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_grid,
    ),
    OpCard(
        name="sliding_window",
        inputs=(Input("data"),),
        params=SlidingWindow,
        infer=_infer_windows,
        reference=_slide,
        lower=_lower_windows,
        relay=RelaySpelling(
            name="sliding_window",
            attrs_type="relay.attrs.SlidingWindowAttrs",
            fields=(Field("axis", Kind.INT), Field("window_shape", Kind.INTS), Field("strides", Kind.INTS)),
        ),
        laws=frozenset({Law.MOVES}),
        draw=_draw_windows,
    ),
)
