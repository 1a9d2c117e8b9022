"""random.uniform and random.normal: numbers of a distribution from a key, and the key after them.

uniform fills the fraction of a float from [1, 2) with random bits; normal is the Box-Muller transform of two such.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules, threefry, threefry_loops
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import Draw as Choices
from tensor_core.ops.draw import Drawn
from tensor_core.ops.random.keys import check_key, draw_key
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Draw:
    """The shape and element type of the numbers. The type says how many random bits one takes, so it never widens."""

    out_shape: tuple[int, ...]
    kind: str


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


def _uniform(params: Draw, key: Array, low: Array, high: Array) -> tuple[Array, Array]:
    key, values = threefry.unit(key, params.out_shape, params.kind)
    return key, values.astype(low.dtype) * (high - low) + low


def _normal(params: Draw, key: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    key, pair = threefry.unit(key, (2, *params.out_shape), params.kind)
    first, second = pair.astype(mean.dtype)
    two, one, turn = (mean.dtype.type(value) for value in (-2.0, 1.0, 2.0 * math.pi))
    return key, np.sqrt(two * np.log(one - first)) * np.sin(turn * second) * scale + mean


def _lower_uniform(params: Draw, b: LoopBuilder, key: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    key, unit = threefry_loops.unit(b, key, params.out_shape, params.kind)
    width = high[()] - low[()]
    return key, b.compute(params.out_shape, lambda *i: unit[i] * width + low[()], name="T_uniform")


def _lower_normal(params: Draw, b: LoopBuilder, key: Tensor, mean: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    key, pair = threefry_loops.unit(b, key, (2, *params.out_shape), params.kind)

    def number(*i: PrimExpr) -> PrimExpr:
        first, second = pair[(0, *i)], pair[(1, *i)]
        radius = prim.intrinsic("sqrt", prim.intrinsic("log", prim.const(1, params.kind) - first) * -2.0)
        return radius * prim.intrinsic("sin", second * (2 * math.pi)) * scale[()] + mean[()]

    return key, b.compute(params.out_shape, number, name="T_normal")


def _uniform_size(params: Draw, key: Array, low: Array, high: Array) -> tuple[Array, Array]:
    return key * np.uint64(0), np.full(params.out_shape, abs(low) + abs(high))


def _normal_size(params: Draw, key: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    # The largest deviation that the fraction of a float can give.
    return key * np.uint64(0), np.full(params.out_shape, abs(mean) + 9 * abs(scale))


def _draw(d: Choices) -> Drawn:
    bound = TensorType((), kind := d.one_of("float32", "float64"))
    return Drawn(Draw(d.any_shape(), kind), (threefry.KEY, bound, bound), values={0: draw_key(d)})


def _drawn(
    name: str,
    attrs: str,
    bounds: tuple[str, str],
    reference: Callable[..., Any],
    lower: Callable[..., Any],
    size: Callable[..., Any],
) -> OpCard[Draw]:
    return OpCard(
        name=name,
        inputs=(Input("key"), Input(bounds[0], Domain(-1.0, 0.0)), Input(bounds[1], Domain(1.0, 3.0))),
        params=Draw,
        infer=_infer,
        assign=_assign,
        reference=reference,
        lower=lower,
        relay=RelaySpelling(
            name=name,
            attrs_type=f"relay.attrs.{attrs}",
            fields=(
                Field("out_shape", Kind.INTS),
                Field("out_dtype", Kind.DTYPE, "", python="float32", param="kind"),
            ),
        ),
        error=Rounding(ulps=16, magnitude=size),
        draw=_draw,
    )


CARDS = (
    _drawn("random.uniform", "UniformAttrs", ("low", "high"), _uniform, _lower_uniform, _uniform_size),
    _drawn("random.normal", "NormalAttrs", ("mean", "scale"), _normal, _lower_normal, _normal_size),
)
