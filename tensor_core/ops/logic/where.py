"""where: x where the condition holds, y elsewhere; all three broadcast.

Relay takes a condition of any element type (non-zero holds, NaN does not: TVM 0.19), Relax only bool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, margins, rules
from tensor_core.ops.card import (
    Domain,
    Exact,
    Input,
    NoParams,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.indexing import broadcast_index
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, condition: Type, x: Type, y: Type) -> Type:
    test, a, b = rules.tensor(condition, 0), rules.tensor(x, 1), rules.tensor(y, 2)
    if a.dtype != b.dtype:
        raise Reject(f"operands have different element types: {a.dtype} and {b.dtype}", 2)
    return TensorType(rules.broadcast_shape(test.shape, rules.broadcast_shape(a.shape, b.shape, 2)), a.dtype)


def _reference(_params: NoParams, condition: Array, x: Array, y: Array) -> Array:
    return np.where((condition < 0) | (condition > 0), x, y)


def _lower(_params: NoParams, b: LoopBuilder, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    shape = rules.broadcast_shape(condition.shape, rules.broadcast_shape(x.shape, y.shape))

    def value(*i: PrimExpr) -> PrimExpr:
        test = condition[broadcast_index(i, condition.shape)]
        holds = test if test.dtype == "bool" else test.not_equal(0)
        return prim.select(holds, x[broadcast_index(i, x.shape)], y[broadcast_index(i, y.shape)])

    return b.compute(shape, value, name="T_where")


def _expand(_params: NoParams, f: Fragment[Any], condition: Any, x: Any, y: Any) -> Any:
    dtype = f.tensor_type(condition).dtype
    if dtype == "bool":
        raise Reject("where of a bool is elementary")
    return f.call("where", f.call("not_equal", condition, f.constant(0, dtype)), x, y)


def _read_relax(_attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    test = rules.tensor(types[0], 0)
    if test.dtype != "bool":
        raise Reject(f"the condition must be bool, got {test.dtype}", 0)
    return {}


def _fits(_params: NoParams, types: Sequence[Type], release: str) -> str | None:
    dtype = rules.tensor(types[0], 0).dtype
    return None if dtype == "bool" else f"Relax {release} takes only bool conditions, not {dtype}"


def _gradient(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    condition, x, y = args
    zero = g.zero()
    return [
        None,
        condition.where(g, zero).summed_to(x),
        condition.where(zero, g).summed_to(y),
    ]


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.any_shape(), d.one_of(*draw.EVERY)
    dtypes = (d.one_of("bool", *draw.NUMBERS), dtype, dtype)
    whole = d.integer(0, 2)
    shapes = (shape if n == whole else d.narrowed(shape) for n in range(3))
    return Drawn(NoParams(), tuple(map(TensorType, shapes, dtypes)), {0: Domain(-1.0, 1.0)})


def _margin(_params: NoParams, condition: Array, x: Array, y: Array) -> Array:
    del x, y
    return margins.sign(condition)


CARD = OpCard(
    name="where",
    inputs=(Input("condition"), Input("x"), Input("y")),
    params=NoParams,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(name="where"),
    relax=(
        RelaxSpelling(
            name="relax.where",
            operands=(Operand("condition"), Operand("x"), Operand("y")),
            read=_read_relax,
            fits=_fits,
        ),
    ),
    pattern=Pattern.BROADCAST,
    error=Exact(),
    draw=_draw,
    margin=_margin,
)
