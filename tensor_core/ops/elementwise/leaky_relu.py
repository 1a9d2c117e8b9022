"""leaky_relu: x where positive, alpha * x elsewhere; NaN stays NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class LeakyRelu:
    """``alpha``: the slope for negative values."""

    alpha: float


def _reference(params: LeakyRelu, x: Array) -> Array:
    return np.where(x > 0, x, x * np.asarray(params.alpha, x.dtype))


def _lower(params: LeakyRelu, b: LoopBuilder, x: Tensor) -> Tensor:
    def value(*i: PrimExpr) -> PrimExpr:
        return prim.select(x[i] > 0, x[i], x[i] * params.alpha)

    return b.compute(x.shape, value, name="T_leaky_relu")


def _draw(d: Draw) -> Drawn:
    params = LeakyRelu(d.one_of(0.25, 0.01, 0.0, 1.0, -0.5, 1.75))
    return Drawn(params, (TensorType(d.any_shape(), d.one_of(*draw.FLOATS)),))


CARD = OpCard(
    name="nn.leaky_relu",
    inputs=(Input("data"),),
    params=LeakyRelu,
    infer=rules.identity,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="nn.leaky_relu",
        attrs_type="relay.attrs.LeakyReluAttrs",
        # The Python wrapper of TVM 0.19 has another default than the struct.
        fields=(Field("alpha", Kind.FLOAT, 0.25, python=0.01),),
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.leakyrelu",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.LeakyReluAttrs",
            fields=(Field("alpha", Kind.FLOAT, 0.01),),
        ),
    ),
    pattern=Pattern.ELEMENTWISE,
    # Rounding alpha to the element type, and the product.
    error=Rounding(ulps=2),
    draw=_draw,
)
