"""nn.max_pool2d_grad and nn.avg_pool2d_grad: the gradient of a pool in its data, from the result's and the data.

A maximum's gradient goes to the first place that holds it, an average's to all places of its window, divided by those
of them that lie in the data, or by the window when padding counts. Windows are not dilated (topi's pool_grad in TVM
0.19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.evaluate import truncated_division
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import layout, pooling, pooling_draw, rules, windows
from tensor_core.ops.card import (
    Input,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.pool.pool import CARDS as POOLS
from tensor_core.ops.pooling import Pool
from tensor_core.ops.pooling_spelling import relax_spellings
from tensor_core.ops.rules import Array
from tensor_core.prim import FloorDiv, Max, Min, PrimExpr
from tensor_core.shapes import Shape, as_expr
from tensor_core.types import TensorType, Type, tensor_type_of


def _infer(params: Pool, grad: Type, data: Type) -> Type:
    source, given = rules.tensor(data, 1), rules.tensor(grad, 0)
    if given.rank != source.rank:
        raise Reject(f"expected {source.rank} dimensions as in the data, got {rules.show(given.shape)}", 0)
    for size in params.pool_size:
        rules.positive(size, "each element of pool_size")
    return TensorType(source.shape, source.dtype)


def _windows(params: Pool, x: Array, fill: float) -> tuple[Array, list[int]]:
    """The padded data with height and width last, and how many windows there are along them."""
    if max(params.dilation) > 1:
        raise Reject("TVM has no gradient of a dilated pool")
    axes = layout.spatial(params.layout, "HW")[1]
    around = pooling.tail(params, tensor_type_of(x))
    counts = [pooling.extent(params, n, int(x.shape[axis])) for n, axis in enumerate(axes)]
    padded = windows.pad_array(np.moveaxis(x, axes, (-2, -1)), (x.ndim - 2, x.ndim - 1), around, fill)
    return padded, [count for count in counts if isinstance(count, int)]


def _cut(params: Pool, tap: Sequence[int], counts: Sequence[int]) -> tuple[Any, ...]:
    """Where the windows' elements at one place lie in the padded data."""
    return (
        ...,
        *(
            slice(first, first + (count - 1) * stride + 1, stride)
            for first, count, stride in zip(tap, counts, params.strides, strict=True)
        ),
    )


def _back(params: Pool, padded: Array, x: Array) -> Array:
    """The gradient of the padded data without the padding, in the data's order of dimensions."""
    axes = layout.spatial(params.layout, "HW")[1]
    first = [before for before, _ in windows.pairs(params.padding)]
    kept = padded[(..., *(slice(n, n + x.shape[axis]) for n, axis in zip(first, axes, strict=True)))]
    return np.moveaxis(kept, (-2, -1), axes).astype(x.dtype)


def _max_reference(params: Pool, grad: Array, x: Array) -> Array:
    padded, counts = _windows(params, x, dtypes.lowest(dtypes.from_numpy(x.dtype)))
    given = np.moveaxis(grad, layout.spatial(params.layout, "HW")[1], (-2, -1))
    taps = list(np.ndindex(*params.pool_size))
    best = np.argmax(np.stack([padded[_cut(params, tap, counts)] for tap in taps]), 0)
    result = np.zeros(padded.shape, x.dtype)
    for n, tap in enumerate(taps):
        result[_cut(params, tap, counts)] += np.where(best == n, given, given.dtype.type(0))
    return _back(params, result, x)


def _avg_reference(params: Pool, grad: Array, x: Array) -> Array:
    padded, counts = _windows(params, x, 0)
    axes = layout.spatial(params.layout, "HW")[1]
    given = np.moveaxis(grad, axes, (-2, -1))
    area = np.asarray(prod(params.pool_size), np.int64)
    if not params.count_include_pad:
        lines = [
            _covered(params, n, int(x.shape[axis]), count)
            for n, (axis, count) in enumerate(zip(axes, counts, strict=True))
        ]
        area = np.maximum(lines[0][:, None] * lines[1][None], 1)
    area = area.astype(given.dtype)
    share = given / area if dtypes.is_float(dtypes.from_numpy(given.dtype)) else truncated_division(given, area)
    result = np.zeros(padded.shape, x.dtype)
    for tap in np.ndindex(*params.pool_size):
        result[_cut(params, tap, counts)] += share
    return _back(params, result, x)


def _covered(params: Pool, n: int, size: int, count: int) -> Array:
    """How many elements of the data each window covers along one dimension."""
    start = np.arange(count) * params.strides[n] - params.padding[n]
    return np.minimum(start + params.pool_size[n], size) - np.maximum(start, 0)


def _window_axes(params: Pool, shape: Shape) -> tuple[int, int]:
    if max(params.dilation) > 1:
        raise Reject("TVM has no gradient of a dilated pool")
    found, axes = layout.spatial(params.layout, "HW")
    if found != len(shape):
        raise Reject(f"layout {params.layout} has {found} dimensions, the data {len(shape)}", 1)
    for n, axis in enumerate(axes):
        # Rejects windows that do not fit.
        pooling.extent(params, n, shape[axis])
    return axes[0], axes[1]


def _placed(place: Sequence[PrimExpr], axes: Sequence[int], values: Sequence[PrimExpr]) -> tuple[PrimExpr, ...]:
    """Indices with others along the axes of the windows."""
    index = list(place)
    for axis, value in zip(axes, values, strict=True):
        index[axis] = value
    return tuple(index)


def _scattered(
    params: Pool, b: LoopBuilder, grad: Tensor, x: Tensor, share: Callable[[tuple[PrimExpr, ...], PrimExpr], PrimExpr]
) -> Tensor:
    """Every element of the data sums the shares of the windows over it, which lie one stride apart.

    ``share(window, tap)``: what a window gives to the element at its flat place ``tap``.
    """
    axes = _window_axes(params, x.shape)
    over = [-(-size // stride) for size, stride in zip(params.pool_size, params.strides, strict=True)]

    def given(*i: PrimExpr) -> PrimExpr:
        place, steps = i[: x.rank], i[x.rank :]
        windows_, taps, valid = list[PrimExpr](), list[PrimExpr](), list[PrimExpr]()
        for n, (axis, step) in enumerate(zip(axes, steps, strict=True)):
            reach = place[axis] + params.padding[n]
            window = FloorDiv(reach, as_expr(params.strides[n])) - step
            tap = reach - window * params.strides[n]
            valid += [window >= 0, window < as_expr(grad.shape[axis]), tap < params.pool_size[n]]
            windows_.append(window)
            taps.append(tap)
        tap = taps[0] * params.pool_size[1] + taps[1]
        value = share(_placed(place, axes, windows_), tap).astype(x.dtype)
        return prim.if_then_else(prim.all_of(valid), value, 0)

    return b.reduce(x.shape, over, given, Combiner.SUM, name="T_pool_grad")


def _max_lower(params: Pool, b: LoopBuilder, grad: Tensor, x: Tensor) -> Tensor:
    axes = _window_axes(params, x.shape)
    source = TensorType(x.shape, x.dtype)
    padded = windows.pad_stage(b, x, axes, pooling.tail(params, source), dtypes.lowest(x.dtype))
    height, width = params.pool_size

    def tap(*i: PrimExpr) -> PrimExpr:
        place = i[: x.rank]
        starts = [place[a] * stride + k for a, stride, k in zip(axes, params.strides, i[x.rank :], strict=True)]
        return padded[_placed(place, axes, starts)]

    best = b.reduce(grad.shape, params.pool_size, tap, Combiner.MAX, name="maxpool_grad_max")

    def first(*i: PrimExpr) -> PrimExpr:
        flat = i[x.rank] * width + i[x.rank + 1]
        return prim.select(tap(*i).equal(best[i[: x.rank]]), flat, as_expr(height * width))

    where = b.reduce(grad.shape, params.pool_size, first, Combiner.MIN, dtype="int64", name="maxpool_grad_argmax")

    def share(window: tuple[PrimExpr, ...], place: PrimExpr) -> PrimExpr:
        # No second guard: TVM 0.27 makes code of one guard inside another that reads elsewhere.
        return prim.select(where[window].equal(place), grad[window], 0)

    return _scattered(params, b, grad, x, share)


def _avg_lower(params: Pool, b: LoopBuilder, grad: Tensor, x: Tensor) -> Tensor:
    axes = _window_axes(params, x.shape)

    def share(*i: PrimExpr) -> PrimExpr:
        area = as_expr(prod(params.pool_size))
        if not params.count_include_pad:
            area = as_expr(1)
            for n, axis in enumerate(axes):
                start = i[axis] * params.strides[n] - params.padding[n]
                end = Min(start + params.pool_size[n], as_expr(x.shape[axis]))
                area = area * (end - Max(start, as_expr(0)))
            area = Max(area, as_expr(1))
        return grad[i] / area.astype(grad.dtype)

    shares = b.compute(grad.shape, share, name="T_pool_grad_share")
    return _scattered(params, b, grad, x, lambda window, _: shares[window])


def _factor(params: Pool, grad: TensorType, data: TensorType) -> float:
    del grad, data
    return 2.0 * prod(params.pool_size)


def _magnitude(params: Pool, grad: Array, x: Array) -> Array:
    return _avg_reference(params, np.abs(grad), x)


def _max_magnitude(params: Pool, grad: Array, x: Array) -> Array:
    return _max_reference(params, np.abs(grad), x)


def _card(pool: str, declared: bool) -> OpCard[Pool]:
    plain = next(card.relay for card in POOLS if card.name == f"nn.{pool}_pool2d")
    assert plain is not None
    assert plain.write is not None
    assert plain.read is not None
    write, plain_read = plain.write, plain.read

    def said(params: Pool, types: Sequence[Type]) -> Mapping[str, Value]:
        return write(params, types[1:])

    def relax(spelling: RelaxSpelling) -> RelaxSpelling:
        pooled, fits = spelling.write, spelling.fits
        assert pooled is not None
        assert fits is not None

        def written(params: Pool, types: Sequence[Type]) -> Mapping[str, Value]:
            return pooled(params, types[1:])

        def fitting(params: Pool, types: Sequence[Type], release: str) -> str | None:
            return fits(params, types[1:], release)

        name, operands = f"relax.grad.{pool}_pool2d_backward", (Operand("out_grad"), Operand("data"))
        return replace(spelling, name=name, operands=operands, write=written, fits=fitting)

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        # TVM's own gradients leave the dilation empty.
        return plain_read({**attrs, "dilation": attrs["dilation"] or (1, 1)}, types)

    is_max = pool == "max"
    return OpCard(
        name=f"nn.{pool}_pool2d_grad",
        inputs=(Input("out_grad"), Input("data")),
        params=Pool,
        infer=_infer,
        reference=_max_reference if is_max else _avg_reference,
        lower=_max_lower if is_max else _avg_lower,
        # Both operators declare the attributes of a maximum.
        relay=RelaySpelling(
            name=f"nn.{pool}_pool2d_grad",
            attrs_type=plain.attrs_type,
            declared=declared,
            fields=plain.fields,
            read=read,
            write=said,
        ),
        relax=tuple(map(relax, relax_spellings(f"relax.nn.{pool}_pool2d", 2, not is_max))),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=2, factor=_factor, magnitude=_max_magnitude if is_max else _magnitude),
        laws=frozenset((Law.ODD, Law.SCALES)),
        draw=pooling_draw.gradient(not is_max),
    )


CARDS = (_card("max", True), _card("avg", False))
