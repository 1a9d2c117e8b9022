"""random.uniform, random.normal and random.multinomial: numbers of a distribution from a key, and the key after them.

uniform fills the fraction of a float from [1, 2) with random bits; normal is the Box-Muller transform of two such;
multinomial takes the first class whose cumulative probability, computed in float32, exceeds one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tensor_core import dtypes
from tensor_core.ops import rules, threefry
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.random.keys import check_key
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Draw:
    """The shape and element type of the numbers. The type says how many random bits one takes, so it never widens."""

    out_shape: tuple[int, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Multinomial:
    """``num_samples``: how many classes are drawn from each row of probabilities."""

    num_samples: int


def _infer(params: Draw, key: Type, *bounds: Type) -> Type:
    check_key(key)
    scalar = _scalar(params)
    for argument, bound in enumerate(bounds, 1):
        if bound != scalar:
            raise Reject(f"expected {scalar}, got {rules.tensor(bound, argument)}", argument)
    return TupleType((threefry.KEY, TensorType(params.out_shape, params.kind)))


def _scalar(params: Draw) -> TensorType:
    if params.kind not in ("float32", "float64"):
        raise Reject(f"random numbers are float32 or float64, not {params.kind or 'void'}")
    return TensorType((), params.kind)


def _assign(params: Draw, *types: Type | None) -> Sequence[Type | None]:
    forced = (threefry.KEY, *[_scalar(params)] * (len(types) - 1))
    return tuple(type_ or other for type_, other in zip(types, forced, strict=True))


def _unit(key: Array, shape: tuple[int, ...], kind: str) -> tuple[Array, Array]:
    """Numbers of [0, 1) in an element type."""
    key, words = threefry.generate(key, shape)
    bits, fraction, bias = (32, 23, 127) if kind == "float32" else (64, 52, 1023)
    unsigned = np.dtype(f"uint{bits}")
    drawn = words.astype(unsigned) >> unsigned.type(bits - fraction)
    filled = cast(Array, drawn | unsigned.type(bias << fraction))
    values: Array = filled.view(dtypes.to_numpy(kind))
    return key, np.subtract(values, 1, dtype=values.dtype)


def _uniform(params: Draw, key: Array, low: Array, high: Array) -> tuple[Array, Array]:
    key, values = _unit(key, params.out_shape, params.kind)
    return key, values.astype(low.dtype) * (high - low) + low


def _normal(params: Draw, key: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    key, pair = _unit(key, (2, *params.out_shape), params.kind)
    first, second = pair.astype(mean.dtype)
    two, one, turn = (mean.dtype.type(value) for value in (-2.0, 1.0, 2.0 * math.pi))
    return key, np.sqrt(two * np.log(one - first)) * np.sin(turn * second) * scale + mean


def _uniform_size(params: Draw, key: Array, low: Array, high: Array) -> tuple[Array, Array]:
    return key * np.uint64(0), np.full(params.out_shape, abs(low) + abs(high))


def _normal_size(params: Draw, key: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    # The largest deviation that the fraction of a float can give.
    return key * np.uint64(0), np.full(params.out_shape, abs(mean) + 9 * abs(scale))


def _infer_multinomial(params: Multinomial, key: Type, probs: Type) -> Type:
    source = rules.tensor(probs, 1)
    check_key(key)
    if not source.rank:
        raise Reject("probabilities must have at least one dimension", 1)
    return TupleType((threefry.KEY, TensorType((*source.shape[:-1], params.num_samples), "int32")))


def _assign_multinomial(_params: Multinomial, key: Type | None, probs: Type | None) -> Sequence[Type | None]:
    return key or threefry.KEY, probs


def _multinomial(params: Multinomial, key: Array, probs: Array) -> tuple[Array, Array]:
    weights = np.maximum(probs.astype(np.float32), np.float32(0))
    cumulative = np.cumsum(weights / np.sum(weights, axis=-1, keepdims=True), axis=-1, dtype=np.float32)
    key, values = _unit(key, (*probs.shape[:-1], params.num_samples), "float32")
    above: Array = cumulative[..., :, None] - values[..., None, :]
    return key, np.argmin(np.where(above > 0, above, np.float32(1)), axis=-2).astype(np.int32)


def _drawn(
    name: str, attrs: str, bounds: tuple[str, str], reference: Callable[..., Any], size: Callable[..., Any]
) -> OpCard[Draw]:
    return OpCard(
        name=name,
        inputs=(Input("key"), Input(bounds[0], Domain(-1.0, 0.0)), Input(bounds[1], Domain(1.0, 3.0))),
        params=Draw,
        infer=_infer,
        assign=_assign,
        reference=reference,
        relay=RelaySpelling(
            name=name,
            attrs_type=f"relay.attrs.{attrs}",
            fields=(
                Field("out_shape", Kind.INTS),
                Field("out_dtype", Kind.DTYPE, "", python="float32", param="kind"),
            ),
        ),
        error=Rounding(ulps=16, magnitude=size),
    )


CARDS = (
    _drawn("random.uniform", "UniformAttrs", ("low", "high"), _uniform, _uniform_size),
    _drawn("random.normal", "NormalAttrs", ("mean", "scale"), _normal, _normal_size),
    OpCard(
        name="random.multinomial",
        inputs=(Input("key"), Input("probs", Domain(0.0, 1.0))),
        params=Multinomial,
        infer=_infer_multinomial,
        assign=_assign_multinomial,
        reference=_multinomial,
        relay=RelaySpelling(
            name="random.multinomial",
            attrs_type="relay.attrs.MultinomialAttrs",
            fields=(Field("num_samples", Kind.INT, 1),),
        ),
    ),
)
