"""max and min along axes: folded left to right with ``a > b ? a : b`` (``<`` for min), as TVM compiles them.

So a NaN restarts the fold: the result is the extremum of what follows the last NaN, or NaN if nothing does. The fold
starts from the lowest (highest) finite value, which shows when every element is an infinity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import bools, draw, reductions
from tensor_core.ops.card import Exact, Input, Law, OpCard, Pattern
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array
from tensor_core.types import Type


def fold(params: Reduce, x: Array, keep: Callable[[Array, Array], Array], start: Any) -> Array:
    """``acc = keep(acc, x) ? acc : x`` over the reduced axes in row-major order."""
    kept = [n for n in range(x.ndim) if n not in params.axis]
    rows = x.transpose(*kept, *params.axis).reshape(*(x.shape[n] for n in kept), -1)
    result = np.full(rows.shape[:-1], start, x.dtype)
    for n in range(rows.shape[-1]):
        value = rows[..., n]
        result = np.where(keep(result, value), result, value)
    return result.reshape(shapes.static(reductions.reduced_shape(params, x.shape)))


def _has_nan(x: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(x.dtype)) and bool(np.isnan(x).any())


def _max(params: Reduce, x: Array) -> Array:
    start = dtypes.lowest(dtypes.from_numpy(x.dtype))
    if _has_nan(x):
        return fold(params, x, np.greater, start)
    return np.asarray(x.max(axis=params.axis, keepdims=params.keepdims, initial=start), x.dtype)


def _min(params: Reduce, x: Array) -> Array:
    start = dtypes.highest(dtypes.from_numpy(x.dtype))
    if _has_nan(x):
        return fold(params, x, np.less, start)
    return np.asarray(x.min(axis=params.axis, keepdims=params.keepdims, initial=start), x.dtype)


def _max_gradient(params: Reduce, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    """All elements that equal the maximum share its adjoint."""
    (x,) = args
    if len(params.axis) == len(x.shape) and not params.keepdims:
        spread = x.call("full_like", result, dtype=x.type.dtype)
    else:
        spread, g = reductions.unreduced(result, params), reductions.unreduced(g, params)
        for axis, extent in zip(params.axis, reductions.known_extents(params, x.shape), strict=True):
            spread = spread.call("repeat", repeats=extent, axis=axis)
    chosen = spread.call("equal", x).cast_as(g)
    return [chosen * g / chosen.call("sum", axis=params.axis, keepdims=True)]


def _fits(params: Reduce, types: Sequence[Type], release: str) -> str | None:
    return reductions.some_axis(params, types, release) or bools.fits(params, types, release)


def _card(name: str, reference: Callable[[Reduce, Array], Array], combiner: Combiner) -> OpCard[Reduce]:
    def lower(params: Reduce, b: LoopBuilder, x: Tensor) -> Tensor:
        shape, extents = reductions.reduced_shape(params, x.shape), reductions.extents(params, x.shape)
        start = dtypes.lowest(x.dtype) if combiner is Combiner.MAX else dtypes.highest(x.dtype)
        return b.reduce(shape, extents, reductions.element(params, x), combiner, start, name=name)

    def expand(params: Reduce, f: Fragment[Any], data: Any) -> Any:
        if not params.axis or f.tensor_type(data).dtype != "bool":
            return reductions.expand_nothing(params, f, data)
        numbers = f.call("cast", data, dtype="int8")
        return f.call("cast", f.call(name, numbers, axis=params.axis, keepdims=params.keepdims), dtype="bool")

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Reduce,
        infer=reductions.infer,
        reference=reference,
        lower=lower,
        gradient=derivatives(_max_gradient) if combiner is Combiner.MAX else None,
        expand=expand,
        relay=reductions.relay_spelling(name),
        relax=(reductions.relax_spelling(f"relax.{name}", _fits),),
        pattern=Pattern.REDUCE,
        error=Exact(),
        laws=frozenset({Law.MONOTONE}),
        draw=reductions.draw_reduction(*draw.NUMBERS),
    )


CARDS = (_card("max", _max, Combiner.MAX), _card("min", _min, Combiner.MIN))
