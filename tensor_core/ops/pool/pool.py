"""nn.max_pool1d/2d/3d and nn.avg_pool1d/2d/3d.

A maximum starts from the lowest finite value and takes the later of two operands when either is NaN, as TVM compiles
it. An average without ``count_include_pad`` divides by the elements of the data in the window, with it by those of the
padded data; integers accumulate in their own type and the division truncates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from math import prod
from typing import cast

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import pool_arrays, pooling, pooling_draw, pooling_spelling, rules, windows
from tensor_core.ops.card import Exact, Input, Law, OpCard, Pattern, Reject, Rounding
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.pooling import Pool
from tensor_core.ops.rules import Array
from tensor_core.prim import Div, FloorDiv, Max, Min, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type, tensor_type_of


def _max_reference(params: Pool, x: Array) -> Array:
    lowest = dtypes.lowest(dtypes.from_numpy(x.dtype))
    result = pool_arrays.fold_max(_taps(params, x, lowest), lowest)
    return _relaid(params, result)


def _avg_reference(params: Pool, x: Array) -> Array:
    source = tensor_type_of(x)
    total = pool_arrays.total(_taps(params, x, 0))
    count = np.ones((), np.int64)
    for n, axis in enumerate(params.axes(source)):
        extent = cast(int, pooling.extent(params, n, x.shape[axis]))
        line = _count(params, n, int(x.shape[axis]), np.arange(extent))
        count = count * line.reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    if not params.count_include_pad or x.dtype.kind in "iu":
        count = np.maximum(count, 1)
    return _relaid(params, pool_arrays.divide(total, count, x.dtype))


def _taps(params: Pool, x: Array, value: float) -> list[Array]:
    """The padded data under each place of the window, in row-major order of the places."""
    source = tensor_type_of(x)
    axes = params.axes(source)
    padded = windows.pad_array(x, axes, pooling.tail(params, source), value)
    out = pooling.pooled_shape(params, source)
    result: list[Array] = []
    for place in np.ndindex(*params.pool_size):
        cut = [slice(None)] * x.ndim
        for axis, tap, stride, dilation in zip(axes, place, params.strides, params.dilation, strict=True):
            first = tap * dilation
            cut[axis] = slice(first, first + max(0, (cast(int, out[axis]) - 1) * stride + 1), stride)
        result.append(padded[tuple(cut)])
    return result


def _count(params: Pool, n: int, size: int, place: Array) -> Array:
    """How many elements of the n-th dimension each window divides by."""
    (before, after), dilation, last = windows.pairs(params.padding)[n], params.dilation[n], params.pool_size[n] - 1
    start = place * params.strides[n] - before
    if params.count_include_pad:
        # A window behind the padded data counts what this division, which truncates, makes of it.
        reach = np.minimum(last * dilation, size + after - 1 - start)
        return np.sign(reach) * (np.abs(reach) // dilation) + 1
    first = np.maximum(0, (dilation - 1 - start) // dilation)
    return np.maximum(0, np.minimum(last, (size - 1 - start) // dilation) - first + 1)


def _relaid(params: Pool, x: Array) -> Array:
    if params.out_layout == params.layout:
        return x
    return np.transpose(x, pooling.layout.order(params.layout, params.out_layout))


def _reduced(params: Pool, b: LoopBuilder, x: Tensor, value: float, combiner: Combiner) -> Tensor:
    source = TensorType(x.shape, x.dtype)
    axes = params.axes(source)
    padded = windows.pad_stage(b, x, axes, pooling.tail(params, source), value)
    result = rules.tensor(pooling.infer(params, source), 0)
    order = _order(params, x.rank)

    def tap(*v: PrimExpr) -> PrimExpr:
        place = [v[a] for a in order]
        for axis, k, stride, dilation in zip(axes, v[x.rank :], params.strides, params.dilation, strict=True):
            place[axis] = place[axis] * stride + k * dilation
        return padded[tuple(place)]

    init = value if combiner is Combiner.MAX else None
    return b.reduce(result.shape, params.pool_size, tap, combiner, init=init, name="pool")


def _order(params: Pool, rank: int) -> tuple[int, ...]:
    """Which result index is each data index."""
    if params.out_layout == params.layout:
        return tuple(range(rank))
    return pooling.layout.order(params.out_layout, params.layout)


def _max_lower(params: Pool, b: LoopBuilder, x: Tensor) -> Tensor:
    return _reduced(params, b, x, dtypes.lowest(x.dtype), Combiner.MAX)


def _avg_lower(params: Pool, b: LoopBuilder, x: Tensor) -> Tensor:
    total = _reduced(params, b, x, 0, Combiner.SUM)
    axes, order = params.axes(TensorType(x.shape, x.dtype)), _order(params, x.rank)
    whole = params.rounding == pooling.FLOOR and (params.count_include_pad or not any(params.padding))

    def element(*i: PrimExpr) -> PrimExpr:
        count = as_expr(prod(params.pool_size))
        if not whole:
            count = as_expr(1)
            for n, axis in enumerate(axes):
                count = count * _count_expr(params, n, x.shape[axis], i[order[axis]])
            if not params.count_include_pad or "int" in x.dtype:
                count = Max(count, as_expr(1))
        return total[i] / count.astype(x.dtype)

    return b.compute(total.shape, element, name="pool_avg")


def _count_expr(params: Pool, n: int, size: Dim, place: PrimExpr) -> PrimExpr:
    """:func:`_count` for one window."""
    (before, after), dilation, last = windows.pairs(params.padding)[n], params.dilation[n], params.pool_size[n] - 1
    start = place * params.strides[n] - before
    if params.count_include_pad:
        room = as_expr(shapes.add(size, after - 1)) - start
        return Div(Min(as_expr(last * dilation), room), as_expr(dilation)) + 1
    first = Max(as_expr(0), FloorDiv(as_expr(dilation - 1) - start, as_expr(dilation)))
    end = Min(as_expr(last), FloorDiv(as_expr(shapes.subtract(size, 1)) - start, as_expr(dilation)))
    return Max(as_expr(0), end - first + 1)


def _terms(params: Pool, data: Type) -> float:
    del data
    return float(prod(params.pool_size))


def _magnitude(params: Pool, x: Array) -> Array:
    return _avg_reference(params, np.abs(x))


def _gradient(card: str) -> Gradient:
    """The pool's own gradient operator with the same parameters."""

    def adjoints(params: Pool, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
        if any(step != 1 for step in params.dilation):
            raise Reject("it handles no dilation")
        said = {item.name: getattr(params, item.name) for item in fields(params)}
        if params.out_layout != params.layout:
            # TVM takes the adjoint to be in the data's layout.
            g = g.call("layout_transform", src_layout=params.out_layout, dst_layout=params.layout)
            said["out_layout"] = params.layout
        return [g.call(card, args[0], **said)]

    return derivatives(adjoints)


def _cards(count: int) -> Sequence[OpCard[Pool]]:
    inputs = (Input("data"),)
    return (
        OpCard(
            name=f"nn.max_pool{count}d",
            inputs=inputs,
            params=Pool,
            infer=pooling.infer,
            reference=_max_reference,
            lower=_max_lower,
            gradient=_gradient("nn.max_pool2d_grad") if count == 2 else None,
            relay=pooling_spelling.relay_spelling(f"nn.max_pool{count}d", f"MaxPool{count}D", count, False),
            relax=pooling_spelling.relax_spellings(f"relax.nn.max_pool{count}d", count, False),
            pattern=Pattern.OUT_FUSABLE,
            error=Exact(),
            draw=pooling_draw.pool(count, average=False),
        ),
        OpCard(
            name=f"nn.avg_pool{count}d",
            inputs=inputs,
            params=Pool,
            infer=pooling.infer,
            reference=_avg_reference,
            lower=_avg_lower,
            gradient=_gradient("nn.avg_pool2d_grad") if count == 2 else None,
            relay=pooling_spelling.relay_spelling(f"nn.avg_pool{count}d", f"AvgPool{count}D", count, True),
            relax=pooling_spelling.relax_spellings(f"relax.nn.avg_pool{count}d", count, True),
            pattern=Pattern.OUT_FUSABLE,
            error=Rounding(ulps=2, factor=_terms, magnitude=_magnitude),
            laws=frozenset((Law.ODD, Law.SCALES)),
            draw=pooling_draw.pool(count, average=True),
        ),
    )


CARDS = (*_cards(1), *_cards(2), *_cards(3))
