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
from tensor_core.ops import draw, margins, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import derivative
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Cast:
    """``dtype``: the result's element type."""

    dtype: str


def _infer(params: Cast, data: Type) -> Type:
    return TensorType(rules.tensor(data, 0).shape, rules.known_dtype(params.dtype))


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


def domains(d: Draw) -> dict[int, Domain]:
    """Values that most types hold, or that few do."""
    return {0: d.one_of(Domain(), Domain(0.0, 100.0), Domain(-70000.0, 70000.0))}


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.any_shape(), d.one_of(*draw.EVERY))
    return Drawn(Cast(d.one_of(*draw.EVERY)), (source,), domains(d))


def unheld(dtype: str, x: Array) -> Array:
    """Which floats an integer type does not hold: the processor decides what becomes of them."""
    if not dtypes.is_float(dtypes.from_numpy(x.dtype)) or not dtypes.is_int(dtype):
        return np.zeros((), bool)
    whole = np.trunc(x.astype(np.float64))
    # The highest value of a wide type is no float: what lies below its power of two is held.
    return ~((whole >= dtypes.lowest(dtype)) & (whole < dtypes.highest(dtype) + 1.0))


def distance(dtype: str, x: Array) -> Array:
    """The margin of a cast: what it jumps on when it makes integers or bools."""
    if dtype == "bool":
        return margins.sign(x)
    return margins.truncation(x) if dtypes.is_int(dtype) else np.asarray(np.inf)


def _undefined(params: Cast, x: Array) -> Array:
    return unheld(params.dtype, x)


def _margin(params: Cast, x: Array) -> Array:
    return distance(params.dtype, x)


CARD = OpCard(
    name="cast",
    inputs=(Input("data"),),
    params=Cast,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivative(lambda x, _result, g: g.cast_as(x)),
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
    laws=frozenset({Law.IDEMPOTENT}),
    draw=_draw,
    undefined=_undefined,
    margin=_margin,
)
