"""flatten: all elements in one dimension."""

from __future__ import annotations

from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Input, Law, NoParams, OpCard, Operand, Pattern, RelaxSpelling
from tensor_core.ops.formula import reshaped
from tensor_core.ops.indexing import unflatten
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, data: Type) -> Type:
    source = rules.tensor(data, 0)
    return TensorType((shapes.product(source.shape),), source.dtype)


def _reference(_params: NoParams, x: Array) -> Array:
    return x.reshape(-1)


def _lower(_params: NoParams, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute((shapes.product(x.shape),), lambda *i: x[unflatten(i[0], x.shape)], name="T_flatten")


def _expand(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    return f.call("reshape", data, shape=(shapes.product(f.tensor_type(data).shape),))


CARD = OpCard(
    name="flatten",
    inputs=(Input("data"),),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=reshaped(),
    relax=(RelaxSpelling(name="relax.flatten", operands=(Operand("data"),)),),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.IDEMPOTENT, Law.MOVES}),
    draw=draw.pointwise(*draw.EVERY),
)
