"""outer: every element of one vector times every element of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import Input, Law, NoParams, OpCard, Operand, Pattern, Reject, RelaxSpelling, Rounding
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, left: Type, right: Type) -> Type:
    a, b = rules.tensor(left, 0), rules.tensor(right, 1)
    for argument, item in enumerate((a, b)):
        if item.rank != 1:
            raise Reject(f"expected a vector, got {rules.show(item.shape)}", argument)
    return TensorType((*a.shape, *b.shape), a.dtype)


def _reference(_params: NoParams, x: Array, y: Array) -> Array:
    return np.asarray(np.multiply.outer(x, y), x.dtype)


def _lower(_params: NoParams, b: LoopBuilder, x: Tensor, y: Tensor) -> Tensor:
    return b.compute((*x.shape, *y.shape), lambda *i: x[i[0]] * y[i[1]], name="T_outer")


def _expand(_params: NoParams, f: Fragment[Any], x: Any, y: Any) -> Any:
    column = f.call("reshape", x, shape=(f.tensor_type(x).shape[0], 1))
    return f.call("multiply", column, y)


def _draw(d: Draw) -> Drawn:
    dtype = d.one_of(*NUMBERS)
    return Drawn(NoParams(), tuple(TensorType((dim,), dtype) for dim in d.extents(2)))


CARD = OpCard(
    name="outer",
    inputs=(Input("x1"), Input("x2")),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relax=(RelaxSpelling(name="relax.outer", operands=(Operand("x1"), Operand("x2")), since="0.21"),),
    pattern=Pattern.BROADCAST,
    error=Rounding(ulps=1),
    laws=frozenset((Law.ODD, Law.SCALES)),
    draw=_draw,
)
