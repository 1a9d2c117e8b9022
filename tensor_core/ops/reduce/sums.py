"""sum, mean and prod along axes, in the element type of the input: integers wrap, the mean of integers truncates.

The sum of bools is "any", their product "all" (TVM 0.19 and 0.27).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.evaluate import truncated_division
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import draw, reductions
from tensor_core.ops.card import Domain, Input, Law, OpCard, Pattern, Reject, Rounding
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType


def _sum(params: Reduce, x: Array) -> Array:
    return np.asarray(x.sum(axis=params.axis, keepdims=params.keepdims, dtype=x.dtype))


def _prod(params: Reduce, x: Array) -> Array:
    return np.asarray(x.prod(axis=params.axis, keepdims=params.keepdims, dtype=x.dtype))


def _mean(params: Reduce, x: Array) -> Array:
    total = _sum(params, x)
    number = np.asarray(reductions.count(params, x.shape)).astype(x.dtype)
    if dtypes.is_float(dtypes.from_numpy(x.dtype)):
        return np.asarray(total / number, x.dtype)
    # No float holds the large ones.
    return np.asarray(truncated_division(total, number), x.dtype)


def _lower_sum(params: Reduce, b: LoopBuilder, x: Tensor) -> Tensor:
    combiner = Combiner.ANY if x.dtype == "bool" else Combiner.SUM
    return _reduce(params, b, x, combiner, "sum")


def _lower_prod(params: Reduce, b: LoopBuilder, x: Tensor) -> Tensor:
    combiner = Combiner.ALL if x.dtype == "bool" else Combiner.PROD
    return _reduce(params, b, x, combiner, "prod")


def _lower_mean(params: Reduce, b: LoopBuilder, x: Tensor) -> Tensor:
    total = _reduce(params, b, x, Combiner.SUM, "sum")
    count = reductions.count(params, x.shape)
    number = prim.const(count, x.dtype) if isinstance(count, int) else shapes.as_expr(count).astype(x.dtype)
    return b.compute(total.shape, lambda *i: prim.Div(total[i], number), name="mean")


def _reduce(params: Reduce, b: LoopBuilder, x: Tensor, combiner: Combiner, name: str) -> Tensor:
    shape = reductions.reduced_shape(params, x.shape)
    return b.reduce(shape, reductions.extents(params, x.shape), reductions.element(params, x), combiner, name=name)


def _expand_mean(params: Reduce, f: Fragment[Any], data: Any) -> Any:
    if not params.axis:
        return data
    source = f.tensor_type(data)
    number = reductions.count(params, source.shape)
    if not isinstance(number, int):
        raise Reject("the number of elements is symbolic, so it is no constant to divide by")
    total = f.call("sum", data, axis=params.axis, keepdims=params.keepdims)
    return f.call("divide", total, f.constant(number, source.dtype))


def _count(params: Reduce, data: TensorType) -> float:
    return reductions.known_count(params, data)


def _absolute_sum(params: Reduce, x: Array) -> Array:
    return _sum(params, np.abs(x))


def _absolute_mean(params: Reduce, x: Array) -> Array:
    return _mean(params, np.abs(x))


def _sum_gradient(params: Reduce, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    return [reductions.unreduced(g, params).spread_to(args[0])]


def _mean_gradient(params: Reduce, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    (x,) = args
    factor = 1.0
    for extent in reductions.known_extents(params, x.shape):
        factor /= extent
    return [(reductions.unreduced(g, params) * x.number(factor)).spread_to(x)]


def _relax_mean_gradient(params: Reduce, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    (x,) = args
    share = g / g.number(math.prod(reductions.known_extents(params, x.shape)))
    return [reductions.unreduced(share, params).spread_to(x)]


CARDS = (
    OpCard(
        name="sum",
        inputs=(Input("data"),),
        params=Reduce,
        infer=reductions.infer,
        reference=_sum,
        lower=_lower_sum,
        gradient=derivatives(_sum_gradient),
        expand=reductions.expand_nothing,
        relay=reductions.relay_spelling("sum"),
        relax=(reductions.relax_spelling("relax.sum"),),
        pattern=Pattern.REDUCE,
        error=Rounding(ulps=1, factor=_count, magnitude=_absolute_sum),
        laws=frozenset({Law.ODD}),
        draw=reductions.draw_reduction(*draw.EVERY),
    ),
    OpCard(
        name="mean",
        inputs=(Input("data"),),
        params=Reduce,
        infer=reductions.infer,
        reference=_mean,
        lower=_lower_mean,
        gradient=derivatives(_mean_gradient),
        expand=_expand_mean,
        relay=reductions.relay_spelling("mean"),
        relax=(
            replace(
                reductions.relax_spelling("relax.mean", fits=reductions.floats_only),
                gradient=derivatives(_relax_mean_gradient),
            ),
        ),
        pattern=Pattern.REDUCE,
        error=Rounding(ulps=3, factor=_count, magnitude=_absolute_mean),
        laws=frozenset({Law.ODD}),
        draw=reductions.draw_reduction(*draw.NUMBERS),
    ),
    OpCard(
        name="prod",
        inputs=(Input("data", Domain(0.5, 2.0)),),
        params=Reduce,
        infer=reductions.infer,
        reference=_prod,
        lower=_lower_prod,
        expand=reductions.expand_nothing,
        relay=reductions.relay_spelling("prod"),
        relax=(reductions.relax_spelling("relax.prod"),),
        pattern=Pattern.REDUCE,
        error=Rounding(ulps=1, factor=_count),
        draw=reductions.draw_reduction(*draw.EVERY),
    ),
)
