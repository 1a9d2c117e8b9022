"""slice_scatter: the data with every step-th slice from start to end along one axis taken from another tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Carrier, Field, Input, Kind, OpCard, Operand, Pattern, Reject, RelaxSpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class SliceScatter:
    """``start``, ``end`` and ``step`` along ``axis``: not negative, the step positive."""

    start: Dim
    end: Dim
    step: Dim
    axis: int


def _infer(params: SliceScatter, data: Type, source: Type) -> Type:
    target, given = rules.tensor(data, 0), rules.tensor(source, 1)
    if given.rank != target.rank:
        raise Reject(f"the source has {given.rank} dimensions, the data {target.rank}", 1)
    if isinstance(params.step, int) and params.step < 1:
        raise Reject(f"the step must be at least 1, got {params.step}")
    axis = rules.axis(params.axis, target.rank)
    for n, (own, other) in enumerate(zip(target.shape, given.shape, strict=True)):
        wanted = _count(params) if n == axis else own
        if shapes.prove_different(wanted, other):
            raise Reject(f"dimension {n} of the source must be {shapes.to_text(wanted)}", 1)
    return target


def _count(params: SliceScatter) -> Dim:
    unknown = any(isinstance(dim, shapes.AnyDim) for dim in (params.start, params.end))
    if unknown or not isinstance(params.step, int):
        return shapes.ANY
    return shapes.floor_divide(shapes.add(shapes.subtract(params.end, params.start), params.step - 1), params.step)


def _numbers(params: SliceScatter) -> tuple[int, int, int]:
    start, end, step = shapes.static((params.start, params.end, params.step))
    return start, end, step


def _reference(params: SliceScatter, x: Array, source: Array) -> Array:
    axis, (start, end, step) = rules.axis(params.axis, x.ndim), _numbers(params)
    result = x.copy()
    places = np.arange(start, min(end, x.shape[axis]), step)
    cut = (slice(None),) * axis
    result[(*cut, places)] = source[(*cut, np.clip(np.arange(len(places)), 0, source.shape[axis] - 1))]
    return result


def _lower(params: SliceScatter, b: LoopBuilder, x: Tensor, source: Tensor) -> Tensor:
    axis = rules.axis(params.axis, x.rank)
    start, end, step = (shapes.as_expr(item) for item in (params.start, params.end, params.step))

    def element(*i: PrimExpr) -> PrimExpr:
        place = i[axis] - start
        chosen = prim.all_of([start <= i[axis], i[axis] < end, (place % step).equal(0)])
        last = shapes.as_expr(source.shape[axis]) - 1
        index = prim.Max(prim.Min(place // step, last), prim.const(0, "int64"))
        return prim.if_then_else(chosen, source[(*i[:axis], index, *i[axis + 1 :])], x[i])

    return b.compute(x.shape, element, name="T_slice_scatter")


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1), d.one_of(*draw.EVERY)
    axis = d.axis(len(shape))
    start = d.integer(0, shape[axis])
    end, step = d.integer(start, shape[axis] + 1), d.integer(1, 3)
    part = list(shape)
    part[axis] = -(-(end - start) // step)
    params = SliceScatter(start, end, step, axis)
    return Drawn(params, (TensorType(shape, dtype), TensorType(tuple(part), dtype)))


CARD = OpCard(
    name="slice_scatter",
    inputs=(Input("input"), Input("src")),
    params=SliceScatter,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relax=(
        RelaxSpelling(
            name="relax.slice_scatter",
            operands=(
                Operand("input"),
                Operand("src"),
                *(Operand(name, Carrier.SCALAR) for name in ("start", "end", "step")),
            ),
            attrs_type="relax.attrs.SliceScatterAttrs",
            fields=(Field("axis", Kind.INT, 0),),
            since="0.21",
        ),
    ),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
)
