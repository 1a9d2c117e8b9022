"""cast (relax.astype): float to int truncates toward zero, int to int wraps, to bool is ``!= 0`` with NaN giving False.

A float outside the target integer's range has no defined result (TVM 0.19 leaves it to the machine). NaN to bool is
False in Relay and Relax 0.19 but True in Relax 0.27, so later releases get a comparison with zero instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
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
)
from tensor_core.ops.formula import derivative
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Cast:
    """``dtype``: the result's element type."""

    dtype: str


def _infer(params: Cast, data: Type) -> Type:
    if not dtypes.is_known(params.dtype):
        raise Reject(f"no element type is called {params.dtype!r}")
    return TensorType(rules.tensor(data, 0).shape, params.dtype)


def _reference(params: Cast, x: Array) -> Array:
    if params.dtype == "bool":
        return np.asarray((x < 0) | (x > 0))
    return x.astype(dtypes.to_numpy(params.dtype))


def _lower(params: Cast, b: LoopBuilder, x: Tensor) -> Tensor:
    if params.dtype == "bool":
        return b.compute(x.shape, lambda *i: x[i].not_equal(0), name="T_cast")
    return b.compute(x.shape, lambda *i: x[i].astype(params.dtype), name="T_cast")


def _expand(params: Cast, f: Fragment[Any], data: Any) -> Any:
    dtype = f.tensor_type(data).dtype
    if params.dtype != "bool":
        raise Reject("a cast is elementary")
    return f.call("not_equal", data, f.constant(0, dtype))


def _fits(params: Cast, types: Sequence[Type], release: str) -> str | None:
    if params.dtype == "bool" and dtypes.is_float(rules.tensor(types[0], 0).dtype) and release != "0.19":
        return f"Relax {release} casts NaN to True"
    return None


CARD = OpCard(
    name="cast",
    inputs=(Input("data"),),
    params=Cast,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivative(lambda x, _result, g: g.call("cast_like", x)),
    relay=RelaySpelling(name="cast", attrs_type="relay.attrs.CastAttrs", fields=(Field("dtype", Kind.DTYPE),)),
    relax=(
        RelaxSpelling(
            name="relax.astype",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.AstypeAttrs",
            fields=(Field("dtype", Kind.DTYPE),),
            fits=_fits,
        ),
    ),
    pattern=Pattern.ELEMENTWISE,
    error=Rounding(ulps=1),
)
