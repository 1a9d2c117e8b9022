"""isnan, isinf, isfinite: bool results; integers are finite. Relax has the ops but
cannot compile them before release 0.24."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import NoParams
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.pointwise import Card, unary
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.releases import older
from tensor_core.types import TensorType, Type


def _infer(_params: NoParams, data: Type) -> Type:
    return TensorType(rules.tensor(data, 0).shape, "bool")


def _fits(_params: NoParams, _types: Sequence[Type], release: str) -> str | None:
    return f"Relax {release} cannot compile it" if older(release, "0.24") else None


def _expand_isnan(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    return f.call("logical_not", f.call("equal", data, data))


def _expand_isinf(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    dtype = f.tensor_type(data).dtype
    if not dtypes.is_float(dtype):
        return f.call("not_equal", data, data)
    return f.call("equal", f.call("abs", data), f.constant(np.inf, dtype))


def _expand_isfinite(_params: NoParams, f: Fragment[Any], data: Any) -> Any:
    dtype = f.tensor_type(data).dtype
    if not dtypes.is_float(dtype):
        return f.call("equal", data, data)
    return f.call("less", f.call("abs", data), f.constant(np.inf, dtype))


def _draw(d: Draw) -> Drawn:
    drawn = draw.pointwise(*draw.NUMBERS)(d)
    type_ = rules.tensor(drawn.types[0], 0)
    return dataclasses.replace(drawn, values={0: draw.odd_floats(d, type_)} if dtypes.is_float(type_.dtype) else {})


def _card(name: str, function: Callable[[Array], Array], of_integers: bool, expand: Callable[..., Any]) -> Card:
    def reference(x: Array) -> Array:
        if dtypes.is_float(dtypes.from_numpy(x.dtype)):
            return function(x)
        return np.full(x.shape, of_integers)

    def element(x: PrimExpr) -> PrimExpr:
        if dtypes.is_float(x.dtype):
            return prim.intrinsic(name, x, dtype="bool")
        return prim.const(of_integers, "bool")

    card = unary(name, reference, element, infer=_infer, expand=expand, drawn=_draw)
    return dataclasses.replace(card, relax=tuple(dataclasses.replace(item, fits=_fits) for item in card.relax))


CARDS = (
    _card("isnan", np.isnan, of_integers=False, expand=_expand_isnan),
    _card("isinf", np.isinf, of_integers=False, expand=_expand_isinf),
    _card("isfinite", np.isfinite, of_integers=True, expand=_expand_isfinite),
)
