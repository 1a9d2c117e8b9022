"""copy, cast_like and reinterpret: the same elements, in the same or another element type.

reinterpret keeps the bits, so both element types must have the same width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Field, Input, Kind, Law, NoParams, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.elementwise import cast
from tensor_core.ops.elementwise.derivatives import DERIVATIVES
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, intrinsic
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Reinterpret:
    """``dtype``: the result's element type."""

    dtype: str


def _copy(_params: NoParams, x: Array) -> Array:
    return x.copy()


def _lower_copy(_params: NoParams, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *i: x[i], name="T_copy")


def _expand_copy(_params: NoParams, _f: Fragment[Any], data: Any) -> Any:
    return data


def _infer_cast_like(_params: NoParams, data: Type, like: Type) -> Type:
    return TensorType(rules.tensor(data, 0).shape, rules.tensor(like, 1).dtype)


def _cast_like(_params: NoParams, x: Array, like: Array) -> Array:
    return np.asarray((x < 0) | (x > 0)) if like.dtype == bool else x.astype(like.dtype)


def _expand_cast_like(_params: NoParams, f: Fragment[Any], data: Any, like: Any) -> Any:
    return f.call("cast", data, dtype=f.tensor_type(like).dtype)


def _infer_reinterpret(params: Reinterpret, data: Type) -> Type:
    return TensorType(rules.tensor(data, 0).shape, rules.known_dtype(params.dtype))


def _reinterpret(params: Reinterpret, x: Array) -> Array:
    target = dtypes.to_numpy(params.dtype)
    if x.dtype.itemsize != target.itemsize:
        raise ValueError(f"{x.dtype} and {params.dtype} have different widths")
    return np.ascontiguousarray(x).view(target).reshape(x.shape)


def _lower_reinterpret(params: Reinterpret, b: LoopBuilder, x: Tensor) -> Tensor:
    if dtypes.bits(x.dtype) != dtypes.bits(params.dtype) or "bool" in (x.dtype, params.dtype):
        raise Reject(f"{x.dtype} and {params.dtype} have different widths, or none")

    def element(*i: PrimExpr) -> PrimExpr:
        return x[i] if x.dtype == params.dtype else intrinsic("reinterpret", x[i], dtype=params.dtype)

    return b.compute(x.shape, element, name="T_reinterpret")


def _gradient_cast_like(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.cast_as(args[0]), None]


def _draw_cast_like(d: Draw) -> Drawn:
    types = (TensorType(d.any_shape(), d.one_of(*draw.EVERY)), TensorType(d.shape(), d.one_of(*draw.EVERY)))
    return Drawn(NoParams(), types, cast.domains(d))


def _unheld(_params: NoParams, x: Array, like: Array) -> Array:
    return cast.unheld(dtypes.from_numpy(like.dtype), x)


def _margin(_params: NoParams, x: Array, like: Array) -> Array:
    return cast.distance(dtypes.from_numpy(like.dtype), x)


def _bits_margin(_params: Reinterpret, x: Array) -> Array:
    # Every float has others beside it whose bits are another number.
    return np.full(x.shape, 0.0 if dtypes.is_float(dtypes.from_numpy(x.dtype)) else np.inf)


def _draw_reinterpret(d: Draw) -> Drawn:
    width = d.one_of(32, 64, 8, 16)
    of = [dtype for dtype in draw.NUMBERS if dtypes.bits(dtype) == width]
    return Drawn(Reinterpret(d.one_of(*of)), (TensorType(d.any_shape(), d.one_of(*of)),))


CARDS = (
    OpCard(
        name="copy",
        inputs=(Input("data"),),
        params=NoParams,
        infer=rules.identity,
        reference=_copy,
        lower=_lower_copy,
        expand=_expand_copy,
        gradient=DERIVATIVES["copy"],
        relay=RelaySpelling(name="copy"),
        pattern=Pattern.ELEMENTWISE,
        laws=frozenset({Law.IDEMPOTENT, Law.INVOLUTION, Law.MONOTONE, Law.MOVES, Law.ODD, Law.SIGNED, Law.SCALES}),
        draw=draw.pointwise(*draw.EVERY),
    ),
    OpCard(
        name="cast_like",
        inputs=(Input("data"), Input("dtype_like")),
        params=NoParams,
        infer=_infer_cast_like,
        reference=_cast_like,
        expand=_expand_cast_like,
        gradient=derivatives(_gradient_cast_like),
        relay=RelaySpelling(name="cast_like"),
        pattern=Pattern.ELEMENTWISE,
        error=Rounding(ulps=1),
        draw=_draw_cast_like,
        undefined=_unheld,
        margin=_margin,
    ),
    OpCard(
        name="reinterpret",
        inputs=(Input("data"),),
        params=Reinterpret,
        infer=_infer_reinterpret,
        reference=_reinterpret,
        lower=_lower_reinterpret,
        relay=RelaySpelling(
            name="reinterpret", attrs_type="relay.attrs.CastAttrs", fields=(Field("dtype", Kind.DTYPE),)
        ),
        pattern=Pattern.ELEMENTWISE,
        draw=_draw_reinterpret,
        margin=_bits_margin,
        keeps_bits=True,
    ),
)
