"""nonzero: the positions of elements that are not zero, one row for each dimension."""

from __future__ import annotations

import numpy as np

from tensor_core.ops import draw, rules
from tensor_core.ops.card import Input, NoParams, OpCard, Operand, RelaxSpelling
from tensor_core.ops.rules import Array
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, data: Type) -> Type:
    # There are as many rows as dimensions, which TVM's type does not say; a scalar counts as a vector.
    rules.tensor(data, 0)
    return TensorType((ANY, ANY), "int64")


def _reference(_params: NoParams, x: Array) -> Array:
    return np.argwhere(np.atleast_1d(x)).transpose().astype(np.int64)


CARD = OpCard(
    name="nonzero",
    inputs=(Input("x"),),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    relax=(RelaxSpelling(name="relax.nonzero", operands=(Operand("x"),)),),
    draw=draw.pointwise(*draw.EVERY),
)
