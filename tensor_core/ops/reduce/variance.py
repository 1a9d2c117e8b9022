"""variance and standard deviation along axes.

Relay's ``variance`` takes the mean as an operand (with the reduced axes kept) and can divide by n - 1; Relax's computes
the mean itself and divides by n. They are two cards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, moments, reductions, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class VarianceAbout:
    """As :class:`~tensor_core.ops.reductions.Reduce`; ``unbiased`` divides by one less than the number of elements."""

    axis: tuple[int, ...]
    keepdims: bool = False
    unbiased: bool = False


def _infer_about(params: VarianceAbout, data: Type, mean: Type) -> Type:
    source, centre = rules.tensor(data, 0), rules.tensor(mean, 1)
    if rules.broadcast_shape(source.shape, centre.shape) != source.shape:
        raise Reject(f"a mean of shape {rules.show(centre.shape)} does not broadcast to the data", 1)
    return reductions.infer(params, data)


def _divisor(params: VarianceAbout, shape: tuple[int, ...]) -> int:
    number = reductions.count(params, shape)
    assert isinstance(number, int)
    return number - 1 if params.unbiased else number


def _about(params: VarianceAbout, x: Array, mean: Array) -> Array:
    square = (x - mean) * (x - mean)
    total = np.asarray(square.sum(axis=params.axis, keepdims=params.keepdims, dtype=x.dtype))
    return np.asarray(total / np.asarray(_divisor(params, x.shape), x.dtype), x.dtype)


def _expand_about(params: VarianceAbout, f: Fragment[Any], data: Any, mean: Any) -> Any:
    source = f.tensor_type(data)
    number = reductions.count(params, source.shape)
    if not isinstance(number, int):
        raise Reject("the number of elements is symbolic, so it is no constant to divide by")
    centred = f.call("subtract", data, mean)
    total = f.call("sum", f.call("multiply", centred, centred), axis=params.axis, keepdims=params.keepdims)
    return f.call("divide", total, f.constant(float(number - params.unbiased), source.dtype))


def _size_about(params: VarianceAbout, x: Array, mean: Array) -> Array:
    return _about(params, np.abs(x), -np.abs(mean))


def _variance(params: Reduce, x: Array) -> Array:
    return np.asarray(x.var(axis=params.axis, keepdims=params.keepdims, dtype=x.dtype))


def _expand_variance(params: Reduce, f: Fragment[Any], data: Any) -> Any:
    mean = f.call("mean", data, axis=params.axis, keepdims=True)
    return f.call("variance_about", data, mean, axis=params.axis, keepdims=params.keepdims)


def _size(params: Reduce, x: Array) -> Array:
    return 4 * np.asarray((x * x).mean(axis=params.axis, keepdims=params.keepdims))


def _deviation(params: Reduce, x: Array) -> Array:
    return np.asarray(np.sqrt(_variance(params, x)), x.dtype)


def _expand_deviation(params: Reduce, f: Fragment[Any], data: Any) -> Any:
    return f.call("sqrt", f.call("variance", data, axis=params.axis, keepdims=params.keepdims))


def _deviation_size(params: Reduce, x: Array) -> Array:
    deviation = _deviation(params, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return deviation + np.where(deviation > 0, _size(params, x) / deviation, 0)


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    axes = reductions.relay_axes(attrs, types)
    return {"axis": axes, "keepdims": attrs["keepdims"], "unbiased": attrs["unbiased"]}


def _write(params: VarianceAbout, types: Sequence[Type]) -> Mapping[str, Value]:
    written = reductions.relay_written(params.axis, types)
    return {**written, "keepdims": params.keepdims, "unbiased": params.unbiased}


def _factor(params: Reduce, data: TensorType, *_: Type) -> float:
    return 2 * moments.count(data, params.axis)


def _of_data(
    name: str,
    reference: Callable[[Reduce, Array], Array],
    expand: Callable[..., Any],
    magnitude: Callable[[Reduce, Array], Array],
    gradient: Gradient | None = None,
) -> OpCard[Reduce]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Reduce,
        infer=reductions.infer,
        reference=reference,
        expand=expand,
        gradient=gradient,
        relax=(reductions.relax_spelling(f"relax.{name}"),),
        pattern=Pattern.REDUCE,
        error=Rounding(ulps=6, factor=_factor, magnitude=magnitude),
        draw=reductions.draw_reduction(*draw.FLOATS),
    )


def _variance_gradient(params: Reduce, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    """2 (x - mean) / n, multiplied out as TVM's Relax does."""
    (x,) = args
    count = math.prod(reductions.known_extents(params, x.shape))
    own = x.number(2.0 / count) * x
    mean = x.number(2.0 / count / count) * x.call("sum", axis=params.axis, keepdims=True)
    return [reductions.unreduced(g, params) * (own - mean)]


def _about_gradient(params: VarianceAbout, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    x, mean = args
    count = math.prod(reductions.known_extents(params, x.shape))
    outer = -2.0 * count / (count - 1) if params.unbiased else -2.0
    inner = 2.0 / (count - 1 if params.unbiased else count)
    spread = reductions.unreduced(g, params)
    centre = x.number(outer) * spread * mean
    return [spread * x.number(inner) * x, centre if centre.shape == mean.shape else centre.summed_to(mean)]


def _draw_about(d: Draw) -> Drawn:
    drawn = reductions.draw_reduction(*draw.FLOATS)(d)
    axis, source = drawn.params.axis, rules.tensor(drawn.types[0], 0)
    kept = tuple(1 if n in axis else dim for n, dim in enumerate(source.shape))
    mean = kept if d.flag() else d.narrowed(shapes.static(source.shape))
    several = math.prod(shapes.static(reductions.extents(drawn.params, source.shape))) > 1
    params = VarianceAbout(axis, drawn.params.keepdims, several and d.flag())
    return Drawn(params, (source, TensorType(mean, source.dtype)))


CARDS = (
    _of_data("variance", _variance, _expand_variance, _size, derivatives(_variance_gradient)),
    _of_data("std", _deviation, _expand_deviation, _deviation_size),
    OpCard(
        name="variance_about",
        inputs=(Input("data"), Input("mean")),
        params=VarianceAbout,
        infer=_infer_about,
        reference=_about,
        expand=_expand_about,
        gradient=derivatives(_about_gradient),
        relay=RelaySpelling(
            name="variance",
            attrs_type="relay.attrs.VarianceAttrs",
            fields=(*reductions.RELAY_FIELDS, Field("unbiased", Kind.BOOL, False)),
            read=_read,
            write=_write,
        ),
        pattern=Pattern.REDUCE,
        error=Rounding(ulps=6, factor=_factor, magnitude=_size_about),
        draw=_draw_about,
    ),
)
