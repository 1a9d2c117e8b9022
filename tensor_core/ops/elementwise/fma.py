"""ewise_fma: the product of two tensors added to a third, all of one shape. TVM computes it nowhere (0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Input, NoParams, OpCard, Operand, Pattern, Reject, RelaxSpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, *types: Type) -> Type:
    first, *rest = (rules.tensor(item, n) for n, item in enumerate(types))
    for n, item in enumerate(rest):
        if item.dtype != first.dtype:
            raise Reject(f"operands have different element types: {first.dtype} and {item.dtype}", n + 1)
        if item.rank != first.rank or not all(map(shapes.prove_equal, first.shape, item.shape)):
            raise Reject(f"shapes {rules.show(first.shape)} and {rules.show(item.shape)} differ", n + 1)
    return TensorType(first.shape, first.dtype)


def _reference(_params: NoParams, x: Array, y: Array, z: Array) -> Array:
    return np.asarray(x * y + z)


def _lower(_params: NoParams, b: LoopBuilder, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *i: x[i] * y[i] + z[i], name="T_ewise_fma")


def _expand(_params: NoParams, f: Fragment[Any], x: Any, y: Any, z: Any) -> Any:
    return f.call("add", f.call("multiply", x, y), z)


def _magnitude(_params: NoParams, x: Array, y: Array, z: Array) -> Array:
    return np.abs(x * y) + np.abs(z)


def _draw(d: Draw) -> Drawn:
    return Drawn(NoParams(), (TensorType(d.any_shape(), d.one_of(*draw.NUMBERS)),) * 3)


CARD = OpCard(
    name="ewise_fma",
    inputs=(Input("x1"), Input("x2"), Input("x3")),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relax=(RelaxSpelling(name="relax.ewise_fma", operands=(Operand("x1"), Operand("x2"), Operand("x3"))),),
    pattern=Pattern.ELEMENTWISE,
    error=Rounding(ulps=2, magnitude=_magnitude),
    draw=_draw,
)
