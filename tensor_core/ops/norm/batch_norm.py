"""batch_norm: normalise each channel, scale by gamma, shift by beta. The result is (out, new mean, new variance).

Which statistics normalise is a parameter, and whether the moving ones are advanced. Relay takes the moving ones and
returns them unchanged. Relax 0.19 takes the batch's own mean and (biased) variance, and advances the moving ones. From
0.20 on ``training`` says which of the two is meant, but its kernels of 0.20 to 0.22 normalise the other way around:
with ``training`` by the moving statistics, which they advance, and without by those of the batch, which they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, TupleType, Type

MOVING = "moving"
BATCH = "batch"


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """``axis`` is the channel axis; gamma counts if ``scale``, beta if ``center``.

    ``statistics`` that normalise are "moving" or "batch". ``advance``: the batch counts ``momentum`` in the new moving
    statistics, which stay as they are otherwise.
    """

    axis: int = 1
    epsilon: float = 1e-5
    center: bool = True
    scale: bool = True
    momentum: float = 0.1
    statistics: str = MOVING
    advance: bool = False


def _infer(params: BatchNorm, data: Type, *vectors: Type) -> Type:
    source = rules.tensor(data, 0)
    channels = source.shape[rules.axis(params.axis, source.rank)]
    types: list[TensorType] = []
    for n, item in enumerate(vectors, start=1):
        vector = rules.tensor(item, n)
        if vector.rank != 1 or shapes.prove_different(vector.shape[0], channels):
            expected = rules.show((channels,))
            raise Reject(f"expected shape {expected}, one element a channel; got {rules.show(vector.shape)}", n)
        rules.elements_of(vector, source.dtype, n)
        extent = channels if isinstance(vector.shape[0], shapes.AnyDim) else vector.shape[0]
        types.append(TensorType((extent,), vector.dtype))
    return TupleType((source, types[2], types[3]))


def _assign(params: BatchNorm, data: Type | None, *vectors: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return (data, *vectors)
    forced = TensorType((data.shape[rules.axis(params.axis, data.rank)],), data.dtype)
    return (data, *(item or forced for item in vectors))


def _others(params: BatchNorm, rank: int) -> tuple[int, ...]:
    channel = rules.axis(params.axis, rank)
    return tuple(n for n in range(rank) if n != channel)


def _column(params: BatchNorm, x: Array, vector: Array) -> Array:
    return np.expand_dims(vector, _others(params, x.ndim))


def _of_batch(params: BatchNorm, x: Array) -> tuple[Array, Array]:
    axes = _others(params, x.ndim)
    return x.mean(axis=axes, dtype=x.dtype), x.var(axis=axes, dtype=x.dtype)


def _statistics(params: BatchNorm, x: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    return (mean, variance) if params.statistics == MOVING else _of_batch(params, x)


def _reference(
    params: BatchNorm, x: Array, gamma: Array, beta: Array, moving_mean: Array, moving_variance: Array
) -> tuple[Array, Array, Array]:
    mean, variance = _statistics(params, x, moving_mean, moving_variance)
    epsilon = np.asarray(params.epsilon, x.dtype)
    result = (x - _column(params, x, mean)) / np.sqrt(_column(params, x, variance) + epsilon)
    if params.scale:
        result = result * _column(params, x, gamma)
    if params.center:
        result = result + _column(params, x, beta)
    if not params.advance:
        return result, moving_mean, moving_variance
    mean, variance = _of_batch(params, x)
    new, old = np.asarray(params.momentum, x.dtype), np.asarray(1 - params.momentum, x.dtype)
    return result, old * moving_mean + new * mean, old * moving_variance + new * variance


def _magnitude(
    params: BatchNorm, x: Array, gamma: Array, beta: Array, moving_mean: Array, moving_variance: Array
) -> tuple[Array, Array, Array]:
    # Both (x - mean) * s + beta and x * s + (beta - mean * s) are in use.
    mean, variance = _statistics(params, x, moving_mean, moving_variance)
    span = np.abs(x) + np.abs(_column(params, x, mean))
    if params.statistics == BATCH:
        span = np.max(span, axis=_others(params, x.ndim), keepdims=True)
    result = span / np.sqrt(_column(params, x, variance) + params.epsilon)
    if params.scale:
        result = result * np.abs(_column(params, x, gamma))
    if params.center:
        result = result + np.abs(_column(params, x, beta))
    if not params.advance:
        return result, moving_mean, moving_variance
    mean, variance = _of_batch(params, x)
    return result, np.abs(moving_mean) + np.abs(mean), np.abs(moving_variance) + np.abs(variance)


def _factor(params: BatchNorm, data: TensorType, *_: Type) -> float:
    if params.statistics == MOVING and not params.advance:
        return 0.0
    number = shapes.product([data.shape[n] for n in _others(params, data.rank)])
    return 4.0 * number if isinstance(number, int) else 65536.0


def _expand(params: BatchNorm, f: Fragment[Any], data: Any, gamma: Any, beta: Any, mean: Any, variance: Any) -> Any:
    source = f.tensor_type(data)
    axes = _others(params, source.rank)
    moving = mean, variance
    if params.statistics == BATCH or params.advance:
        batch = f.call("mean", data, axis=axes), _variance(f, data, axes)
        mean, variance = batch if params.statistics == BATCH else moving
        if params.advance:
            moving = (_advance(params, f, moving[0], batch[0]), _advance(params, f, moving[1], batch[1]))

    def column(vector: Any) -> Any:
        shape = tuple(1 if n in axes else dim for n, dim in enumerate(source.shape))
        return vector if source.rank == 1 else f.call("reshape", vector, shape=shape)

    epsilon = f.constant(params.epsilon, source.dtype)
    deviation = f.call("sqrt", f.call("add", column(variance), epsilon))
    result = f.call("divide", f.call("subtract", data, column(mean)), deviation)
    if params.scale:
        result = f.call("multiply", result, column(gamma))
    if params.center:
        result = f.call("add", result, column(beta))
    return f.tuple(result, *moving)


def _variance(f: Fragment[Any], data: Any, axes: tuple[int, ...]) -> Any:
    centred = f.call("subtract", data, f.call("mean", data, axis=axes, keepdims=True))
    return f.call("mean", f.call("multiply", centred, centred), axis=axes)


def _advance(params: BatchNorm, f: Fragment[Any], old: Any, new: Any) -> Any:
    dtype = f.tensor_type(old).dtype
    kept = f.call("multiply", old, f.constant(1 - params.momentum, dtype))
    return f.call("add", kept, f.call("multiply", new, f.constant(params.momentum, dtype)))


def _lower(
    params: BatchNorm, b: LoopBuilder, x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor
) -> Any:
    if params.statistics == BATCH or params.advance:
        from tensor_core.loops.from_card import LoopFragment

        return _expand(params, LoopFragment(b), x, gamma, beta, mean, variance)
    channel = rules.axis(params.axis, x.rank)

    def value(*i: PrimExpr) -> PrimExpr:
        c = i[channel]
        result = (x[i] - mean[c]) / prim.intrinsic("sqrt", variance[c] + params.epsilon)
        result = result * gamma[c] if params.scale else result
        return result + beta[c] if params.center else result

    return b.compute(x.shape, value, name="T_batch_norm"), mean, variance


def _draw(d: Draw) -> Drawn:
    shape, dtype = d.shape(1, 4, most=4), d.one_of(*FLOATS)
    axis = d.axis(len(shape))
    params = BatchNorm(
        axis,
        d.one_of(1e-5, 1e-3, 0.5),
        not d.flag(),
        not d.flag(),
        d.one_of(0.1, 0.25, 1.0),
        d.one_of(MOVING, BATCH),
        d.flag(),
    )
    return Drawn(params, (TensorType(shape, dtype), *(TensorType((shape[axis],), dtype),) * 4))


_SHARED = ("axis", "epsilon", "center", "scale")


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    if attrs["axis"] < -1:
        # BatchNormRel in TVM 0.19 takes every negative axis for the last one, and refuses those that are not.
        raise Reject(f"axis {attrs['axis']} must be -1 or not negative")
    return {key: attrs[key] for key in _SHARED}


def _write_relay(params: BatchNorm, types: Sequence[Type]) -> Mapping[str, Value]:
    if params.statistics == BATCH:
        raise Reject("Relay always normalises by the moving statistics")
    if params.advance:
        raise Reject("Relay never advances the moving statistics")
    axis = rules.axis(params.axis, rules.tensor(types[0], 0).rank)
    return {**{key: getattr(params, key) for key in _SHARED}, "axis": axis}


def _read_first_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {**attrs, "statistics": BATCH, "advance": True}


def _fits_first_relax(params: BatchNorm, _types: Sequence[Type], release: str) -> str | None:
    if params.statistics == BATCH and params.advance:
        return None
    return f"Relax {release} always normalises by the statistics of the batch"


def _relax(since: str, until: str | None, training: str) -> RelaxSpelling:
    """The spelling of releases whose ``training`` normalises by these statistics."""
    other = MOVING if training == BATCH else BATCH

    def read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
        kept = {key: value for key, value in attrs.items() if key != "training"}
        return {**kept, "statistics": training if attrs["training"] else other, "advance": attrs["training"]}

    def write(params: BatchNorm, _types: Sequence[Type]) -> Mapping[str, Value]:
        written = {key: getattr(params, key) for key in (*_SHARED, "momentum")}
        return {**written, "training": params.advance}

    def fits(params: BatchNorm, _types: Sequence[Type], release: str) -> str | None:
        if (params.statistics == training) == params.advance:
            return None
        return f"Relax {release} does not normalise by the {params.statistics} statistics with this training"

    return RelaxSpelling(
        name="relax.nn.batch_norm",
        operands=_OPERANDS,
        attrs_type="relax.attrs.BatchNormAttrs",
        fields=(*_RELAX_FIELDS, Field("training", Kind.BOOL, True)),
        since=since,
        until=until,
        read=read,
        write=write,
        fits=fits,
    )


_NAMES = ("data", "gamma", "beta", "moving_mean", "moving_var")
_OPERANDS = tuple(Operand(name) for name in _NAMES)
_RELAX_FIELDS = (
    Field("axis", Kind.INT),
    Field("epsilon", Kind.FLOAT, 1e-5),
    Field("center", Kind.BOOL, True),
    Field("scale", Kind.BOOL, True),
    Field("momentum", Kind.FLOAT, 0.1),
)

CARD = OpCard(
    name="nn.batch_norm",
    inputs=(*(Input(name) for name in _NAMES[:-1]), Input("moving_var", Domain(0.25, 4.0))),
    params=BatchNorm,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.batch_norm",
        attrs_type="relay.attrs.BatchNormAttrs",
        fields=(
            Field("axis", Kind.INT, 1),
            Field("epsilon", Kind.FLOAT, 1e-5),
            Field("center", Kind.BOOL, True),
            Field("scale", Kind.BOOL, True),
        ),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.batch_norm",
            operands=_OPERANDS,
            attrs_type="relax.attrs.BatchNormAttrs",
            fields=_RELAX_FIELDS,
            until="0.20",
            read=_read_first_relax,
            fits=_fits_first_relax,
        ),
        _relax("0.20", "0.23", MOVING),
        _relax("0.23", None, BATCH),
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=8, factor=_factor, magnitude=_magnitude),
    draw=_draw,
)
