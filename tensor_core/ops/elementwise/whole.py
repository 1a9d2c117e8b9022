"""ceil, floor, trunc and round to whole numbers of the same element type; integers stay as they are.

What happens to halves is a parameter of round: "away" from zero in Relay and in Relax up to release 0.23, "even" in
Relax from 0.24 on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, margins, rules
from tensor_core.ops.card import (
    Exact,
    Input,
    Law,
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
from tensor_core.ops.pointwise import Card, unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import Type

AWAY, EVEN = "away", "even"


@dataclass(frozen=True, slots=True)
class Round:
    """``tie``: where halves go, "away" from zero or to the "even" neighbour."""

    tie: str = AWAY


def _is_float(x: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(x.dtype))


def _directed(name: str, function: Callable[[Array], Array], **options: Any) -> Card:
    def reference(x: Array) -> Array:
        return function(x) if _is_float(x) else x

    def element(x: PrimExpr) -> PrimExpr:
        return prim.intrinsic(name, x) if dtypes.is_float(x.dtype) else x

    def margin(_params: NoParams, x: Array) -> Array:
        return (margins.truncation if name == "trunc" else margins.whole)(x)

    laws = (Law.IDEMPOTENT, Law.MONOTONE)
    return unary(name, reference, element, laws=laws, of=draw.NUMBERS, margin=margin, **options)


def _expand_trunc(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    return f.call("multiply", f.call("sign", data), f.call("floor", f.call("abs", data)))


def reference(params: Round, x: Array) -> Array:
    """The nearest whole numbers."""
    if not _is_float(x):
        return x
    if params.tie == EVEN:
        return np.rint(x)
    whole = np.trunc(x)
    # x - whole is exact, which x + 0.5 is not.
    return np.where(np.abs(x - whole) >= 0.5, whole + np.sign(x), whole).astype(x.dtype)


def nearest(value: PrimExpr) -> PrimExpr:
    """The nearest whole number of a float, halves away from zero."""
    # Of floor alone: TVM's generator of C has no word for truncation and absolute values.
    one = prim.const(1, value.dtype)
    sign = prim.select(value < 0, prim.const(-1, value.dtype), one)
    size = value * sign
    whole = prim.intrinsic("floor", size)
    # The difference is exact, which size + 0.5 is not.
    return sign * prim.select(size - whole >= 0.5, whole + one, whole)


def lower(params: Round, b: LoopBuilder, x: Tensor) -> Tensor:
    """The same as a tensor program."""

    def even(value: PrimExpr) -> PrimExpr:
        return prim.intrinsic("nearbyint", value)

    if not dtypes.is_float(x.dtype):
        return x
    return b.compute(x.shape, lambda *i: (even if params.tie == EVEN else nearest)(x[i]), name="T_round")


def _draw(d: Draw) -> Drawn:
    return dataclasses.replace(draw.pointwise(*draw.NUMBERS)(d), params=Round(d.one_of(AWAY, EVEN)))


def _margin(_params: Round, x: Array) -> Array:
    return margins.half(x)


def _expand(params: Round, f: Fragment[Any], data: Any) -> Any:
    dtype = f.tensor_type(data).dtype
    if not dtypes.is_float(dtype):
        return data
    whole = f.call("trunc", data)
    rest = f.call("abs", f.call("subtract", data, whole))
    further = f.call("add", whole, f.call("sign", data))
    half = f.constant(0.5, dtype)
    if params.tie == AWAY:
        return f.call("where", f.call("greater_equal", rest, half), further, whole)
    to_even = f.call("multiply", f.call("trunc", f.call("multiply", whole, half)), f.constant(2, dtype))
    nearest = f.call("where", f.call("greater", rest, half), further, whole)
    tied = f.call("where", f.call("equal", to_even, whole), whole, further)
    return f.call("where", f.call("equal", rest, half), tied, nearest)


def _says(tie: str, name: str, **span: Any) -> RelaxSpelling:
    def read(_attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
        return {"tie": tie}

    def write(_params: Round, _types: Sequence[Type]) -> Mapping[str, Value]:
        return {}

    def fits(params: Round, _types: Sequence[Type], release: str) -> str | None:
        return None if params.tie == tie else f"Relax {release} rounds halves {_WHERE[tie]}"

    return RelaxSpelling(name=name, operands=(Operand("data"),), read=read, write=write, fits=fits, **span)


def _read_relay(_attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"tie": AWAY}


def _write_relay(params: Round, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.tie != AWAY:
        raise Reject("Relay rounds halves away from zero")
    return {}


_WHERE = {AWAY: "away from zero", EVEN: "to even"}

CARDS = (
    _directed("ceil", np.ceil),
    _directed("floor", np.floor),
    _directed("trunc", np.trunc, since="0.21", expand=_expand_trunc),
    OpCard(
        name="round",
        inputs=(Input("data"),),
        params=Round,
        infer=rules.identity,
        reference=reference,
        lower=lower,
        expand=_expand,
        relay=RelaySpelling(name="round", read=_read_relay, write=_write_relay),
        relax=(_says(AWAY, "relax.round", until="0.24"), _says(EVEN, "relax.round", since="0.24")),
        pattern=Pattern.ELEMENTWISE,
        error=Exact(),
        laws=frozenset({Law.IDEMPOTENT, Law.MONOTONE}),
        draw=_draw,
        margin=_margin,
    ),
)
