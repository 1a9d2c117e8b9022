"""clip: min(max(x, a_min), a_max), and a_max for NaN as TVM compiles it.

Relay's bounds are doubles; for integer tensors they are truncated toward zero (TVM 0.19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Exact,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class Clip:
    """The interval ``[a_min, a_max]``; each bound is converted to the tensor's element type."""

    a_min: float
    a_max: float


def _reference(params: Clip, x: Array) -> Array:
    low, high = (np.asarray(bound).astype(x.dtype) for bound in (params.a_min, params.a_max))
    below = np.where(x < high, x, high)
    return np.where(below > low, below, low)


def _lower(params: Clip, b: LoopBuilder, x: Tensor) -> Tensor:
    low, high = prim.const(params.a_min, x.dtype), prim.const(params.a_max, x.dtype)
    return b.compute(x.shape, lambda *i: prim.Max(prim.Min(x[i], high), low), name="T_clip")


def _gradient(params: Clip, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    (x,) = args
    low, high = (x.number(bound).spread_to(x) for bound in (params.a_min, params.a_max))
    zero = x.zero()
    return [(x < low).where(zero, (high < x).where(zero, x.one() * g))]


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(), d.one_of(*draw.NUMBERS))
    least = 0 if dtypes.is_unsigned_int(source.dtype) else -12
    low, high = d.integer(least, 12) / 2, d.integer(least, 12) / 2
    return Drawn(Clip(low, high), (source,))


CARD = OpCard(
    name="clip",
    inputs=(Input("data"),),
    params=Clip,
    infer=rules.identity,
    reference=_reference,
    lower=_lower,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="clip",
        attrs_type="relay.attrs.ClipAttrs",
        fields=(Field("a_min", Kind.FLOAT), Field("a_max", Kind.FLOAT)),
    ),
    relax=(
        RelaxSpelling(
            name="relax.clip",
            operands=(
                Operand("data"),
                Operand("a_min", Carrier.SCALAR, dtype_of="data"),
                Operand("a_max", Carrier.SCALAR, dtype_of="data"),
            ),
        ),
    ),
    pattern=Pattern.ELEMENTWISE,
    error=Exact(),
    laws=frozenset({Law.IDEMPOTENT, Law.MONOTONE}),
    draw=_draw,
)
