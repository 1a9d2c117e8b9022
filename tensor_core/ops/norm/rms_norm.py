"""rms_norm: divided by the root of the mean square over the given axes, then scaled.

Computed in float32 whatever the element type, float64 included (topi's rms_norm in TVM 0.19 to 0.27).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import moments, reductions, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class RMSNorm:
    """``axes`` are normalised together."""

    axes: tuple[int, ...]
    epsilon: float


def _axes(params: RMSNorm, rank: int) -> tuple[int, ...]:
    return rules.axes(params.axes, rank)


def _infer(params: RMSNorm, data: Type, weight: Type) -> Type:
    source, scale = rules.floats(data, 0), rules.tensor(weight, 1)
    expected = tuple(source.shape[axis] for axis in _axes(params, source.rank))
    if scale.dtype != source.dtype:
        raise Reject(f"expected the element type {source.dtype} of the data, got {scale.dtype}", 1)
    if scale.rank != len(expected) or any(map(shapes.prove_different, scale.shape, expected)):
        message = f"expected shape {rules.show(expected)}, the normalised axes; got {rules.show(scale.shape)}"
        raise Reject(message, 1)
    return source


def _assign(params: RMSNorm, data: Type | None, weight: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return data, weight
    return data, weight or TensorType(tuple(data.shape[axis] for axis in _axes(params, data.rank)), data.dtype)


def _reference(params: RMSNorm, x: Array, weight: Array) -> Array:
    axes = _axes(params, x.ndim)
    single = x.dtype if x.dtype.itemsize == 8 else np.dtype(np.float32)
    wide = x.astype(single)
    square = (wide * wide).mean(axis=axes, keepdims=True, dtype=single)
    scale = weight.astype(single).reshape(shapes.static(moments.aligned(x.shape, axes)))
    root = 1 / np.sqrt(square + np.asarray(params.epsilon, x.dtype).astype(single))
    return np.asarray(root * wide * scale, x.dtype)


def _lower(params: RMSNorm, b: LoopBuilder, x: Tensor, weight: Tensor) -> Tensor:
    axes = _axes(params, x.rank)
    reduced = Reduce(axes)
    number = shapes.as_expr(reductions.count(reduced, x.shape)).astype("float32")
    wide = b.compute(x.shape, lambda *i: x[i].astype("float32"), name="T_cast")
    square = reductions.element(reduced, wide, lambda value: value * value)
    shape, extents = reductions.reduced_shape(reduced, x.shape), reductions.extents(reduced, x.shape)
    total = b.reduce(shape, extents, square, Combiner.SUM, name="T_square_sum")
    epsilon = prim.const(params.epsilon, x.dtype).astype("float32")
    root = b.compute(shape, lambda *i: prim.intrinsic("rsqrt", total[i] / number + epsilon), name="rsqrt")

    def value(*i: PrimExpr) -> PrimExpr:
        place = tuple(i[axis] for axis in axes)
        row = tuple(index for n, index in enumerate(i) if n not in axes)
        return (root[row] * wide[i] * weight[place].astype("float32")).astype(x.dtype)

    return b.compute(x.shape, value, name="T_rms_norm")


def _expand(params: RMSNorm, f: Fragment[Any], data: Any, weight: Any) -> Any:
    source = f.tensor_type(data)
    axes = _axes(params, source.rank)
    if source.dtype != "float32":
        data, weight = (f.call("cast", value, dtype="float32") for value in (data, weight))
    square = f.call("mean", f.call("multiply", data, data), axis=axes, keepdims=True)
    root = f.call("rsqrt", f.call("add", square, f.constant(params.epsilon, "float32")))
    scale = f.call("reshape", weight, shape=moments.aligned(source.shape, axes))
    result = f.call("multiply", f.call("multiply", root, data), scale)
    return result if source.dtype == "float32" else f.call("cast", result, dtype=source.dtype)


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"axes": rules.many(attrs["axes"]), "epsilon": attrs["epsilon"]}


def _factor(params: RMSNorm, data: TensorType, weight: TensorType) -> float:
    del weight
    count = moments.count(data, _axes(params, data.rank))
    # float64 is computed in float32 too.
    return (count + 16) * 2.0**29 if data.dtype == "float64" else count


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1, 4, most=4), d.one_of(*FLOATS)
    axes = moments.drawn_axes(d, range(len(shape)), len(shape))
    weight = TensorType(tuple(shape[axis] for axis in axes), dtype)
    return Drawn(RMSNorm(axes, d.one_of(1e-5, 1e-3, 0.5)), (TensorType(shape, dtype), weight))


CARD = OpCard(
    name="nn.rms_norm",
    inputs=(Input("data"), Input("weight")),
    params=RMSNorm,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relax=(
        RelaxSpelling(
            name="relax.nn.rms_norm",
            attrs_type="relax.attrs.RMSNormAttrs",
            operands=(Operand("data"), Operand("weight")),
            fields=(Field("axes", Kind.INTS, (-1,)), Field("epsilon", Kind.FLOAT, 1e-5)),
            read=_read,
        ),
    ),
    pattern=Pattern.OPAQUE,
    error=Rounding(ulps=16, factor=_factor),
    laws=frozenset((Law.ODD,)),
    draw=_draw,
)
